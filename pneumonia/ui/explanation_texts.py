"""The sentences on the heatmap of one radiograph."""

from typing import Final

ATTENTION: Final = (
    "The model's attention lies mostly in the {zone} third of the patient's {side} "
    "lung; {share} of the heatmap lies in the lungs. It is no finding."
)
OCCLUDE: Final = "Hide parts and score again"
OCCLUDE_HELP: Final = (
    "Blurs the highlighted region into its surroundings, then everything outside the "
    "lungs, and scores both."
)
MASKED: Final = {
    "lower": (
        "Masking the highlighted region lowers the {number} from {before} to {after}."
    ),
    "higher": (
        "Masking the highlighted region raises the {number} from {before} to {after}."
    ),
    "same": "Masking the highlighted region leaves the {number} at {before}.",
}
COVERED: Final = "Covering everything outside the lungs changes it by {change}."
NUMBER_NAMES: Final = {True: "probability", False: "score"}

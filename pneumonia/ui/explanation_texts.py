"""The sentences on heatmaps: under Details, and under Help."""

from typing import Final

OCCLUDE: Final = "Hide parts and score again"
OCCLUDE_HELP: Final = (
    "Blurs the highlighted region into its surroundings, and in a second copy "
    "everything outside the lungs, and scores both."
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
BLURRED: Final = "Blurring everything outside the lungs changes it by {change}."
NUMBER_NAMES: Final = {True: "probability", False: "score"}

# The place Help.
MAP: Final = "What the heatmap is, and what it is not"
MAP_DRAWN: Final = (
    "Left: a chest in cells; the stronger a cell's colour, the more it raised the "
    "score. Right: the same as a smooth map, and a dashed line around the shadow that "
    "a reader sees. The map lies partly beside it."
)
MAP_IS: Final = """\
- **It is** the network's evidence, cell by cell: the stronger the colour, the more that
  place raised the score of this radiograph.
- **It is not** the outline of a finding. It may be larger or smaller than the shadow
  that you see, or lie beside it. It has no meaning from one radiograph to another.
- **It can be wrong.** The page says when less than half of it lies in the lungs. Under
  Details you can hide the highlighted region: if the score does not fall, the map does
  not explain it."""

"""The sentences on heatmaps: under Details, and under Help."""

from typing import Final

from pneumonia.language.speech import N_

OCCLUDE: Final = N_("Hide parts and score again")
OCCLUDE_HELP: Final = N_(
    "Blurs the highlighted region into its surroundings, and in a second copy "
    "everything outside the lungs, and scores both."
)
# By whether the number is a probability: the words around it may change with it.
MASKED: Final[dict[bool, dict[str, str]]] = {
    True: {
        "lower": N_(
            "Masking the highlighted region lowers the probability from {before} to "
            "{after}."
        ),
        "higher": N_(
            "Masking the highlighted region raises the probability from {before} to "
            "{after}."
        ),
        "same": N_(
            "Masking the highlighted region leaves the probability at {before}."
        ),
    },
    False: {
        "lower": N_(
            "Masking the highlighted region lowers the score from {before} to {after}."
        ),
        "higher": N_(
            "Masking the highlighted region raises the score from {before} to {after}."
        ),
        "same": N_("Masking the highlighted region leaves the score at {before}."),
    },
}
BLURRED: Final = N_("Blurring everything outside the lungs changes it by {change:.2f}.")

# The place Help.
MAP: Final = N_("What the heatmap is, and what it is not")
MAP_DRAWN: Final = N_(
    "Left: a chest in cells; the stronger a cell's colour, the more it raised the "
    "score. Right: the same as a smooth map, and a dashed line around the shadow that "
    "a reader sees. The map lies partly beside it."
)
MAP_IS: Final = N_("""\
- **It is** the network's evidence, cell by cell: the stronger the colour, the more that
  place raised the score of this radiograph. The strongest place has the full colour,
  unless more speaks against pneumonia than for it: then the whole map is fainter by
  that ratio.
- **It is not** the outline of a finding. It may be larger or smaller than the shadow
  that you see, or lie beside it. It has no meaning from one radiograph to another.
- **It can be wrong.** The page says when less than half of it lies in the lungs. Under
  Details you can hide the highlighted region: if the score does not fall, the map does
  not explain it.""")

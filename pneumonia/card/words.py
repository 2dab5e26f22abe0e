"""Words that stand in cards and rows as data, marked so that the page can say them.

Cards, tables to download and documents keep the English word. One that is missing here
is shown in English.
"""

from typing import Final

from pneumonia.language.speech import N_

OPERATING_POINTS: Final = (N_("balanced"), N_("screening"))
RULES: Final = (
    N_(
        "middle of the thresholds within 0.01 of the highest mean of sensitivity and "
        "specificity"
    ),
    N_("largest threshold not above balanced with sensitivity of at least 0.98"),
)
# As `pneumonia.card.chart_data.partition_name` gives them, and shortened for a chart.
PARTITIONS: Final = (
    N_("Training (part of train)"),
    N_("Validation (part of train; calibration and thresholds)"),
    N_("Held-out internal test (part of train)"),
    N_("Whole official train folder"),
    N_("Official val folder"),
    N_("Official test folder"),
    N_("Held-out internal test"),
)
KINDS: Final = (
    N_("bacterial"),
    N_("viral"),
    N_("of these: bacterial"),
    N_("of these: viral"),
)
PERTURBATIONS: Final = (
    N_("unchanged"),
    N_("gamma 0.7"),
    N_("gamma 1.4"),
    N_("contrast 0.6"),
    N_("contrast 1.4"),
    N_("local contrast 0.6"),
    N_("local contrast 1.6"),
    N_("brightness -35"),
    N_("brightness +35"),
    N_("blur"),
    N_("sharpen"),
    N_("noise"),
    N_("JPEG quality 30"),
    N_("through half size"),
    N_("crop 8 %"),
    N_("collimation border"),
    N_("rotation +7°"),
    N_("rotation -7°"),
    N_("markers"),
    N_("vertical stretch 1.22"),
    N_("vertical stretch 0.82"),
    N_("horizontal stretch 1.22"),
    N_("horizontal stretch 0.82"),
    N_("through narrower width"),
    N_("through wider width"),
    N_("ECG leads"),
    N_("gastric tube"),
    N_("tracheal tube"),
    N_("central line"),
    N_("sternal wires"),
)
# Properties of picture and file that can predict the class, without underscores.
PROPERTIES: Final = (
    N_("brightness"),
    N_("contrast"),
    N_("local contrast"),
    N_("sharpness"),
    N_("border brightness"),
    N_("border contrast"),
    N_("lung box aspect"),
    N_("native width"),
    N_("native aspect"),
)

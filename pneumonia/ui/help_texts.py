"""The sentences of the place Help."""

from typing import Final

TITLE: Final = "Help"
NUMBERS: Final = "What each number means"
DRAWING: Final = (
    "100 children whom you radiograph, at a prevalence of {prevalence} and at the "
    "{point} operating point. Diamonds have pneumonia, circles have none; orange ones "
    "are flagged. In other hospitals the model is likely to be wrong more often."
)
GROUPS: Final[dict[str, str]] = {
    "found": "{count} have pneumonia and are flagged",
    "missed": "{count} have pneumonia and are not flagged: missed",
    "false_alarms": "{count} have none and are flagged: false alarms",
    "spared": "{count} have none and are not flagged",
}
MEANINGS: Final[dict[str, str]] = {
    "Flagged": (
        "The score reaches the cut-off. It says nothing about which finding it was. "
        "“Not flagged” does not exclude pneumonia."
    ),
    "Unsure": (
        "The score lies near the cut-off, among the least sure tenth of the "
        "radiographs that the cut-off was chosen on, or the lungs were hard to find. "
        "The flag stands as it is, and is wrong more often than others."
    ),
    "Prevalence": (
        "Of 100 children whom you send for a chest radiograph, how many have "
        "pneumonia. You set it; it moves the probability and the predictive values, "
        "never the flag."
    ),
    "Probability": (
        "Of 100 children with this score, at your prevalence, how many have pneumonia. "
        "The same radiograph has a higher probability where pneumonia is more common."
    ),
    "Score": (
        "A number between 0 and 1 that may not be called a probability: the weights "
        "are not calibrated, or the patient's age is outside what they learned from."
    ),
    "Cut-off (threshold)": (
        "Where flagged begins. An operating point chooses it: “balanced” weighs misses "
        "and false alarms alike, “screening” misses fewer."
    ),
    "Sensitivity": "Of 100 children with pneumonia, how many are flagged: diamonds.",
    "Specificity": "Of 100 children without, how many are not flagged: circles.",
    "PPV and NPV": (
        "Of 100 flagged children, how many have pneumonia: orange. Of 100 who are not "
        "flagged, how many have none: the others. Both change with the prevalence."
    ),
    "95 % interval": (
        "How far the figure may be off because it was measured on few radiographs. It "
        "does not cover other hospitals or other machines."
    ),
    "AUROC": (
        "How well scores rank pneumonia above normal: 0.5 is chance, 1 is perfect. It "
        "depends on no cut-off."
    ),
    "Heatmap": (
        "Where the network's evidence lies, relative to this radiograph. It is no "
        "probability and no outline of a finding."
    ),
}
KEYS: Final = "Keys and gestures"
KEYS_WHAT: Final = "They act while the radiograph has the focus: click on it first."
KEY: Final = "Key or gesture"
DOES: Final = "What it does"
LIMITS: Final = "What it cannot do"
CANNOT: Final = """\
- It is a research demonstration, not a medical device. Do not decide anything about a
  patient with it.
- It separates pneumonia from normal. It has never seen effusion, tuberculosis, heart
  failure or anything else that looks abnormal, so its answer about them means nothing.
- It learned from frontal radiographs of children of one to five years from one
  hospital. Elsewhere it is likely to be wrong more often.
- It does not exclude pneumonia, and it does not tell bacterial from viral.
- It looks at one radiograph. It knows no history, no examination and no prior picture.
- Tubes, lines, wires, margins and text in the picture can change its score."""
MORE: Final = "How often it was wrong, and where, stands under Model."
CITE: Final = "How to cite"
CITE_WHAT: Final = (
    "Name the version and the weights, so that others can repeat what you did."
)
PRIVACY: Final = "Privacy"
KEPT: Final = """\
- Radiographs are read in the memory of the server that shows this page and are deleted
  within minutes after you leave. While they are read, uploads over 1 MB pass through
  the server's temporary folder.
- No name, date or number of a patient is shown, logged or exported unless you switch it
  on. Exports know a radiograph by the SHA-256 of its file.
- Text that is burned into the picture is not removed. The page warns when it sees some;
  look before you pass on an export.
- Radiographs are sent to no other server, and visitors are not counted.
- Use it with radiographs of patients only where your hospital allows it, on a server
  that it trusts."""

"""The sentences of the place Help."""

from typing import Final

from pneumonia.language.speech import N_

TITLE: Final = N_("Help")
NUMBERS: Final = N_("What each number means")
DRAWING: Final = N_(
    "100 children whom you radiograph, at a prevalence of {prevalence} and at the "
    "{point} operating point. Diamonds have pneumonia, circles have none; orange ones "
    "are flagged. In other hospitals the model is likely to be wrong more often."
)
GROUPS: Final[dict[str, str]] = {
    "found": N_("Pneumonia, flagged: {count}"),
    "missed": N_("Pneumonia, not flagged, missed: {count}"),
    "false_alarms": N_("No pneumonia, flagged, false alarms: {count}"),
    "spared": N_("No pneumonia, not flagged: {count}"),
}
MEANINGS: Final[dict[str, str]] = {
    N_("Flagged"): N_(
        "The score reaches the cut-off. It says nothing about which finding it was. "
        "“Not flagged” does not exclude pneumonia."
    ),
    N_("Unsure"): N_(
        "The score lies near the cut-off, among the least sure tenth of the "
        "radiographs that the cut-off was chosen on, or the lungs were hard to find. "
        "The flag stands as it is, and is wrong more often than others."
    ),
    N_("Prevalence"): N_(
        "Of 100 children whom you send for a chest radiograph, how many have "
        "pneumonia. You set it; it moves the probability and the predictive values, "
        "never the flag."
    ),
    N_("Probability"): N_(
        "Of 100 children with this score, at your prevalence, how many have pneumonia. "
        "The same radiograph has a higher probability where pneumonia is more common."
    ),
    N_("Score"): N_(
        "A number between 0 and 1 that may not be called a probability: the weights "
        "are not calibrated, or the patient's age is outside what they learned from."
    ),
    N_("Cut-off (threshold)"): N_(
        "Where flagged begins. An operating point chooses it: “balanced” weighs misses "
        "and false alarms alike, “screening” misses fewer."
    ),
    N_("Sensitivity"): N_(
        "Of 100 children with pneumonia, how many are flagged: diamonds."
    ),
    N_("Specificity"): N_(
        "Of 100 children without, how many are not flagged: circles."
    ),
    N_("PPV and NPV"): N_(
        "Of 100 flagged children, how many have pneumonia: orange. Of 100 who are not "
        "flagged, how many have none: the others. Both change with the prevalence."
    ),
    N_("95 % interval"): N_(
        "How far the figure may be off because it was measured on few radiographs. It "
        "does not cover other hospitals or other machines."
    ),
    N_("AUROC"): N_(
        "How well scores rank pneumonia above normal: 0.5 is chance, 1 is perfect. It "
        "depends on no cut-off."
    ),
    N_("Heatmap"): N_(
        "Where the network's evidence lies, relative to this radiograph. It is no "
        "probability and no outline of a finding."
    ),
}
MEANING: Final = N_("**{word}:** {meaning}")
KEYS: Final = N_("Keys and gestures")
KEYS_WHAT: Final = N_(
    "→, ← and Ctrl + Enter work anywhere. The other keys act while the radiograph has "
    "the focus: click on it first."
)
KEY: Final = N_("Key or gesture")
DOES: Final = N_("What it does")
LIMITS: Final = N_("What it cannot do")
CANNOT: Final = N_("""\
- It is a research demonstration, not a medical device. Do not decide anything about a
  patient with it.
- It separates pneumonia from normal. It has never seen effusion, tuberculosis, heart
  failure or anything else that looks abnormal, so its answer about them means nothing.
- It learned from frontal radiographs of children of one to five years from one
  hospital. Elsewhere it is likely to be wrong more often.
- It does not exclude pneumonia, and it does not tell bacterial from viral.
- It looks at one radiograph. It knows no history, no examination and no prior picture.
- Tubes, lines, wires, margins and text in the picture can change its score.""")
MORE: Final = N_("How often it was wrong, and where, stands under Model.")
CITE: Final = N_("How to cite")
CITE_WHAT: Final = N_(
    "Name the version and the weights, so that others can repeat what you did."
)
PRIVACY: Final = N_("Privacy")
KEPT: Final = N_("""\
- Radiographs are read in the memory of the server that shows this page. They are
  deleted within a minute after you close or reload the page. If the connection is
  lost, they are kept for {away}, so that you can go on where you were. While they
  arrive, uploads over 1 MB pass through the server's temporary folder.
- No name, date or number of a patient is shown, logged or exported unless you switch it
  on. Exports know a radiograph by the SHA-256 of its file.
- Text that is burned into the picture is not removed. The page warns when it sees some;
  look before you pass on an export.
- Radiographs are sent to no other server, and visitors are not counted.
- Use it with radiographs of patients only where your hospital allows it, on a server
  that it trusts.""")

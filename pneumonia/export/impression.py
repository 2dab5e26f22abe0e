"""The reader's impression, recorded before the result is shown, and agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from pneumonia.language.speech import N_

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

Impression = Literal["normal", "pneumonia", "unsure"]
Agreement = Literal["agree", "disagree", "undecided"]
# Said on page and PDF; files keep them as they are.
IMPRESSIONS: Final = (N_("normal"), N_("pneumonia"), N_("unsure"))
CONFIDENCES: Final = (1, 2, 3, 4, 5)  # 5 is certain


class Region(NamedTuple):
    """A rectangle on the radiograph.

    Attributes
    ----------
    left, top, right, bottom : float
        Edges in pixels of the radiograph as it was read (not of the screen), from its
        top left corner.
    """

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Reading:
    """A reader's impression of one radiograph.

    What was recorded before the result was shown is never overwritten; a change of mind
    afterwards stands beside it.

    Attributes
    ----------
    impression : {"normal", "pneumonia", "unsure"}
        Before the result was shown.
    seconds : float
        How long the radiograph was open before the impression.
    region : Region or None
        The place the reader marked before the result was shown.
    changed_after_reveal : tuple of {"normal", "pneumonia", "unsure"}
        Impressions after the result was shown, in their order; empty if it stood.
    region_after_reveal : Region or None
        The last place marked after the result was shown; None if none was.
    confidence : {1, 2, 3, 4, 5} or None
        How sure the reader was before the result was shown, 5 for certain; None if
        not asked.

    Raises
    ------
    ValueError
        If an impression is none of the three, the time is negative, a region is empty,
        or the confidence is not on the scale.
    """

    impression: Impression
    seconds: float
    region: Region | None = None
    changed_after_reveal: tuple[Impression, ...] = ()
    region_after_reveal: Region | None = None
    confidence: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no reader can have recorded."""
        for impression in (self.impression, *self.changed_after_reveal):
            if impression not in get_args(Impression):
                raise ValueError(
                    f"An impression is one of {', '.join(get_args(Impression))}. "
                    f"Received: {impression!r}."
                )
        if not self.seconds >= 0:
            raise ValueError(
                f"An impression takes 0 seconds or more. Received: {self.seconds}."
            )
        for region in (self.region, self.region_after_reveal):
            if region and not (
                region.left < region.right and region.top < region.bottom
            ):
                raise ValueError(f"A region has an area. Received: {tuple(region)}.")
        if self.confidence is not None and self.confidence not in CONFIDENCES:
            raise ValueError(
                f"A confidence is one of {', '.join(map(str, CONFIDENCES))}. "
                f"Received: {self.confidence}."
            )

    @property
    def last_impression(self) -> Impression:
        """The impression that stands, with the result in view if it was changed."""
        return (self.impression, *self.changed_after_reveal)[-1]

    @property
    def rating(self) -> int | None:
        """The impression on one scale from -5, surely normal, to 5, surely pneumonia.

        Unsure is 0; None where the confidence is not known.
        """
        if self.impression == "unsure":
            return 0
        if self.confidence is None:
            return None
        return self.confidence if self.impression == "pneumonia" else -self.confidence

    def agreement(self, decision: Decision) -> Agreement:
        """Compare the impression before the reveal with the model's flag.

        Parameters
        ----------
        decision : Decision

        Returns
        -------
        {"agree", "disagree", "undecided"}
            Undecided where the reader was unsure or the model gave no result.
        """
        if self.impression == "unsure" or decision.flagged is None:
            return "undecided"
        same = (self.impression == "pneumonia") == decision.flagged
        return "agree" if same else "disagree"

"""The reader's impression, recorded before the result is shown, and agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

Impression = Literal["normal", "pneumonia", "unsure"]
Agreement = Literal["agree", "disagree", "undecided"]


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
        From the radiograph's appearance to the impression.
    region : Region or None
        The place the reader marked before the result was shown.
    changed_after_reveal : tuple of {"normal", "pneumonia", "unsure"}
        Impressions after the result was shown, in their order; empty if it stood.
    region_after_reveal : Region or None
        The last place marked after the result was shown; None if none was.

    Raises
    ------
    ValueError
        If an impression is none of the three, the time is negative, or a region is
        empty.
    """

    impression: Impression
    seconds: float
    region: Region | None = None
    changed_after_reveal: tuple[Impression, ...] = ()
    region_after_reveal: Region | None = None

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

"""The sentences of sign-in and of the administrator's place."""

from typing import Final

from pneumonia.language.speech import N_

SIGN_IN: Final = N_("Sign in")
SIGN_OUT: Final = N_("Sign out")
SIGN_IN_STATES: Final[dict[str, str]] = {
    "signed_out": N_("This page is for people of this house. Sign in to go on."),
    "over": N_("Your sign-in is over. Sign in again to go on."),
    "no_role": N_(
        "You are signed in, but your account has no role here. Ask whoever manages the "
        "accounts for the role reader, then sign out and in again."
    ),
}
SIGNED_IN: Final[dict[str, str]] = {
    "reader": N_("Signed in as a reader."),
    "administrator": N_("Signed in as an administrator."),
}
NOT_SIGNED_IN: Final = N_("Sign in before you bring files.")

RECORDED: Final = N_(
    "This server keeps an audit record: the time, who was signed in, the SHA-256 of "
    "the file, its score, its size and mean grey level with a few numbers like these, "
    "and your impression. It keeps no radiograph and no name of a file after your "
    "session ends; uploads over 1 MB pass through its temporary folder."
)
PLACE: Final = N_("Record")
HEADING: Final = N_("Audit record")
WHAT: Final = N_(
    "From the last {count} results. A file counts once in each session, as it was "
    "shown last."
)
EMPTY: Final = N_("Nothing is recorded yet.")
WAITING: Final = N_(
    "{count} entries wait on this server's disk until the database can be written."
)
AGREEMENT: Final = N_("Impression and flag")
NO_IMPRESSION: Final = N_("No impression was recorded before its result.")
IMPRESSION: Final = N_("Impression")
FLAGGED: Final = N_("Flagged")
NOT_FLAGGED: Final = N_("Not flagged")
AGREED: Final = N_("They agree in {agreed} of {decided} that were not unsure.")
REFUSALS: Final = N_("Refused and unreadable")
NO_REFUSAL: Final = N_("No file was refused.")
REASON: Final = N_("Reason")
COUNT: Final = N_("Count")
DRIFT: Final = N_("Against validation")
DRIFT_WHAT: Final = N_(
    "Each point is the mean of {size} results in their order. The band is what "
    "validation gives at the prevalence that was set; outside it lie about 3 in 1,000 "
    "by chance. More points outside mean other patients, another apparatus or a wrong "
    "prevalence."
)
OUTSIDE: Final = N_("Outside now: {outside} of {total}.")
TOO_FEW: Final = N_("A first point needs {size} results of the weights in Settings.")
GROUP: Final = N_("Group")
CHARTS: Final[dict[str, str]] = {
    "score": N_("Scores, as log odds"),
    "refused": N_("Share of files without a score"),
    "size": N_("Size: mean of width and height, in pixels"),
    "grey": N_("Mean grey level, 0 to 255"),
    "contrast": N_("Contrast: spread of the grey levels"),
    "lungs": N_("Share of the picture that the lungs cover"),
    "certainty": N_("Certainty of the lung outlines, 0 to 1"),
}
SEARCH: Final = N_("Search by SHA-256 of the file")
SEARCH_HELP: Final = N_("64 hexadecimal digits, as sha256sum prints them.")
NOTHING_FOUND: Final = N_("No entry has this hash.")
EXPORT: Final = N_("Download all entries (CSV)")

"""The sentences on the hospital's archive: what comes from it and what goes back."""

from typing import Final

from pneumonia.language.speech import N_

TITLE: Final = N_("From the archive")
WHAT: Final = N_("Fill in one field or more. Only CR and DX images are searched for.")
ACCESSION: Final = N_("Accession number")
PATIENT: Final = N_("Patient ID")
DATE: Final = N_("Study date, from and to")
BODY_PART: Final = N_("Body part, such as CHEST")
SEARCH: Final = N_("Search")
SEARCHING: Final = N_("Searching …")
NO_CRITERION: Final = N_("Fill in one field or more.")
NOTHING_FOUND: Final = N_("The archive has no study that matches all of this.")
MORE_FOUND: Final = N_("Only {count} studies are shown. Narrow the search.")
SHOW_NAMES: Final = N_("Show patients' names and IDs")
NO_DATE: Final = N_("no date")
LOAD: Final = N_("Load")
LOADING: Final = N_("Loading image {number} of {total} …")
CHOOSE: Final = N_("Choose one study or more.")
TOO_MANY: Final = N_(
    "At most {most} images are loaded at a time. Choose fewer studies."
)
INCOMPLETE: Final = N_("Loaded: {done} of {total} images.")
FAULTS: Final[dict[str, str]] = {
    "away": N_("The archive cannot be reached. Try again later."),
    "slow": N_("The archive did not answer within {seconds} s. Try again later."),
    "not_authorized": N_(
        "The archive does not let this server in. Tell whoever runs the server."
    ),
    "wrong_answer": N_(
        "The archive's answer cannot be used. Tell whoever runs the server."
    ),
    "not_set_up": N_(
        "The way to the archive is not set up rightly. Tell whoever runs the server: "
        "its log says what is wrong."
    ),
    "no_room": N_("There is no room for more files. Take some off the list first."),
}
SEND: Final = N_("Send results to the archive")
SEND_HELP: Final = N_(
    "Heatmap and report go into the study that the radiograph came from, with the "
    "patient's identifiers. They say that this is a research demonstration."
)
SENDING: Final = N_("Sending …")
SENT: Final = N_("Heatmap and report are in the archive.")

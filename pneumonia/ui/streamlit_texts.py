"""What Streamlit's own parts say in English, and what the page says in its place.

The browser writes the page's words over Streamlit's (`page.js`). A word that Streamlit
changes is then shown in English; `tests/ui/test_streamlit_words.py` notices it.
"""

from typing import Final

from pneumonia.language.speech import N_

STREAMLIT: Final[dict[str, str]] = {
    # The field for files.
    "Upload": N_("Choose files"),
    "file upload": N_("Choose files"),
    "Add files": N_("Add files"),
    "{size}MB per file": N_("{size} MB per file"),
    "Drag and drop a file here": N_("Drop the file here"),
    "Drag and drop files here": N_("Drop the files here"),
    "File must be {size} or smaller.": N_("Too large: at most {size}."),
    "Remove {name}": N_("Remove {name}"),
    # Controls.
    "Help for {name}": N_("Help for {name}"),
    "Open": N_("Open"),
    "Close": N_("Close"),
    "Clear value": N_("Clear"),
    "Clear all": N_("Clear all"),
    "Select all": N_("Select all"),
    "No results": N_("Nothing found"),
    "{count} options available.": N_("To choose from: {count}."),
    "{count} option available.": N_("To choose from: {count}."),
    "Choose an option": N_("Choose"),
    "Increment": N_("More"),
    "Decrement": N_("Less"),
    "Press Enter to apply": N_("Enter applies it"),
    "Number is above the allowed range.": N_("The number is too large."),
    "Number is below the allowed range.": N_("The number is too small."),
    "Number is above the allowed range. Please enter a value less than or equal to "
    "{most}.": N_("The number is too large: at most {most}."),
    "Number is below the allowed range. Please enter a value greater than or equal to "
    "{least}.": N_("The number is too small: at least {least}."),
    "Number is outside the allowed range. Please enter a value between {least} and "
    "{most}.": N_("The number must lie between {least} and {most}."),
    # The field for days.
    "yyyy": N_("yyyy"),
    "Select...": N_("Choose"),
    "Date range": N_("Time"),
    "Quick select a date range": N_("Choose a time"),
    "Choose date range": N_("Choose days"),
    "Clear dates": N_("Clear"),
    "Past Week": N_("Last week"),
    "Past Month": N_("Last month"),
    "Past 3 Months": N_("Last 3 months"),
    "Past 6 Months": N_("Last 6 months"),
    "Past Year": N_("Last year"),
    "Past 2 Years": N_("Last 2 years"),
    "Copy to clipboard": N_("Copy"),
    "Copied": N_("Copied"),
    "Link to heading": N_("Link to this heading"),
    # Charts and tables.
    "Fullscreen": N_("Full screen"),
    "Close fullscreen": N_("Leave full screen"),
    "Download as PNG": N_("Download as PNG"),
    "Download as CSV": N_("Download as CSV"),
    "Show/hide columns": N_("Show or hide columns"),
    "Search": N_("Search"),
    "Type to search": N_("Type to search"),
    "Close Search": N_("Close the search"),
    "Next Result": N_("Next hit"),
    "Previous Result": N_("Previous hit"),
    "Dataframe column menu": N_("Menu of the column"),
    "Copy column name": N_("Copy the column's name"),
    "Sort ascending": N_("Sort upwards"),
    "Sort descending": N_("Sort downwards"),
    "Autosize": N_("Fit the width"),
    "Pin column": N_("Pin the column"),
    "Unpin column": N_("Unpin the column"),
    "Hide column": N_("Hide the column"),
    # Menu and connection.
    "Skip to main content": N_("Skip to the content"),
    "Main menu": N_("Menu"),
    "Theme": N_("Theme"),
    "System": N_("As the system"),
    "Light": N_("Light"),
    "Dark": N_("Dark"),
    "About": N_("About this page"),
    "Made with Streamlit v": N_("Made with Streamlit "),
    "Copy version to clipboard": N_("Copy the version"),
    "Connecting": N_("Connecting"),
    "Connecting to Streamlit server": N_("Connecting to the server"),
    "Unable to connect to Streamlit server": N_("The server does not answer"),
    "Connection error": N_("No connection to the server"),
    "Is Streamlit still running? If you accidentally stopped Streamlit, just restart "
    "it in your terminal:": N_(
        "The page goes on by itself once the server answers. Leave it open: what you "
        "recorded is kept."
    ),
    "Streamlit server is not responding. Are you connected to the internet?": N_(
        "The page goes on by itself once the server answers. Leave it open: what you "
        "recorded is kept."
    ),
    "Reconnected to server.": N_("The server answers again."),
    "Connection lost. Please wait for the app to reconnect, then try again.": N_(
        "There is no connection. Wait until the server answers, then try again."
    ),
}

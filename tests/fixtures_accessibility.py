"""Axe-core on a page, without what is Streamlit's own."""

from typing import Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

GRAVE = {"serious", "critical"}
# As in .streamlit/config.toml.
BACKGROUNDS: Final[dict[Literal["dark", "light"], str]] = {
    "dark": "rgb(14, 17, 20)",
    "light": "rgb(250, 251, 252)",
}

# Findings in Streamlit's own parts, by rule and by the part's name. None is grave, so
# far; the list says what may be, and a part that is not in it is ours.
STREAMLITS_OWN: Final[set[tuple[str, str]]] = {
    # The dropzone is focusable from code and marked as presentation.
    ("presentation-role-conflict", "stFileUploaderDropzone"),
}


def wait_until_still(page: Page) -> None:
    """Wait until a run has ended and nothing is faded: half faded it lacks contrast."""
    page.wait_for_timeout(500)  # what was pressed has been heard of
    page.wait_for_function(
        "document.querySelector('[data-test-script-state=notRunning]') !== null"
        " && document.querySelector('[data-stale=true]') === null"
    )
    page.wait_for_timeout(1000)  # what is new fades in


def grave_findings(page: Page) -> list[str]:
    """List what is serious or critical and not Streamlit's own."""
    wait_until_still(page)
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}"
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in GRAVE
        and not any(
            rule["id"] == own and part in node["html"] for own, part in STREAMLITS_OWN
        )
    ]


def findings_in_both_themes(page: Page) -> list[str]:
    """List the grave findings in the dark and in the light theme."""
    found = []
    for theme, background in BACKGROUNDS.items():
        page.emulate_media(color_scheme=theme)
        expect(page.locator(".stApp")).to_have_css("background-color", background)
        found += [f"{theme}: {it}" for it in grave_findings(page)]
    return found

"""The page: Read, Batch, Reader study, Model and Help.

This is the script that Streamlit runs for every visitor; `streamlit_app.py` serves it.

Everything that can be drawn without the model is drawn at once; the model loads in
the background, once for all sessions. Places with charts are imported when they are
opened: most visitors open none, and Altair, pandas and SciPy take over 100 MB.
"""

from __future__ import annotations

import importlib
import sys

import streamlit as st

from pneumonia.language.speech import say
from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.ui import access_texts, batch_page, texts
from pneumonia.ui.frame import show_frame
from pneumonia.ui.intake import collect
from pneumonia.ui.leaving import keep_in_tab, tell_tab
from pneumonia.ui.open_worklist import open_worklist
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.read_page import show_read
from pneumonia.ui.recording import may_see_record, note_person, start_recording
from pneumonia.ui.settings import all_cards, name_weights
from pneumonia.ui.sign_in import require_sign_in
from pneumonia.ui.start_page import show_start
from pneumonia.ui.turns import note_whole
from pneumonia.ui.visitor_language import speak_to_visitor, tell_browser

hide_third_party_warnings()
note_whole(done=False)
speak_to_visitor()
# Not `layout="wide"`: it widens what is drawn while the page loads, which then jumps;
# `page.css` gives the page all of the window.
st.set_page_config(page_title=say(texts.TITLE), menu_items={"About": say(texts.ABOUT)})
person = require_sign_in()
note_person(person)


def read() -> None:
    """Show one case, or where to drop files."""
    work = open_worklist(settings, cases, left_out)
    # Emptied at once: else it would stand above the radiograph until all is drawn.
    start = st.empty()
    if work is None:
        with start.container():
            show_start(settings, left_out)
        return
    show_read(work, pages["model"])
    work.go_on()


def import_charts() -> None:
    """Import what draws charts; the first time in a server it takes seconds."""
    sign = st.empty()  # in every run: what stands below keeps its place
    if "pneumonia.ui.charts" not in sys.modules:
        with sign, st.spinner(say(texts.OPENING)):
            importlib.import_module("pneumonia.ui.charts")


def batch() -> None:
    """Show all cases at once."""
    work = open_worklist(settings, cases, left_out)
    import_charts()
    with st.container(key="place"):
        if work:
            batch_page.show(work.worklist, elapsed=work.elapsed)
        else:
            batch_page.show([])
    if work:
        work.go_on()


def study() -> None:
    """Show how to read before the model, and what came of it."""
    import_charts()
    from pneumonia.ui import study_page

    work = open_worklist(settings, cases, left_out)
    with st.container(key="place"):
        if work:
            waiting = sum(it.state == "locked" for it in work.worklist)
            study_page.show(work.study, total=len(work.cases), waiting=waiting)
        else:
            study_page.show([], total=0)


def model() -> None:
    """Show what the card knows."""
    import_charts()
    from pneumonia.ui import model_page

    cards = all_cards()
    # Without the note: a legend has no room for it, and the table has the number.
    names = {it: name_weights(it, card, note=False) for it, card in cards.items()}
    with st.container(key="place"):
        if settings.weights in cards:
            model_page.show(
                cards.pop(settings.weights),
                prevalence=chosen_prevalence(),
                others=list(cards.values()),
                names=names,
            )
        else:
            st.info(say(texts.NO_CARD))


def help_() -> None:
    """Show the keys and what the numbers mean."""
    import_charts()
    from pneumonia.ui import help_page

    with st.container(key="place"):
        help_page.show(
            all_cards().get(settings.weights), prevalence=chosen_prevalence()
        )


def record() -> None:
    """Show what the audit record says."""
    from pneumonia.ui import audit_page

    if recorder := start_recording():
        with st.container(key="place"):
            audit_page.show(recorder, all_cards().get(settings.weights))


places = {"read": read, "batch": batch, "study": study, "model": model, "help": help_}
titles = {name: say(it) for name, it in texts.PLACES.items()}
if may_see_record(person):
    places["record"], titles["record"] = record, say(access_texts.PLACE)
pages = {
    name: st.Page(show, title=titles[name], url_path=name, default=name == "read")
    for name, show in places.items()
}
page = st.navigation(list(pages.values()), position="hidden")
shown = next(name for name, it in pages.items() if it.title == page.title)
cases, left_out = collect()
settings = show_frame(pages, shown, with_cases=bool(cases))
# Before the place, so that its words are not seen in two languages.
tell_browser(shown)
# Not `page.run()`: it gives a field of the same key another identity on every page, and
# the field for files would lose them.
places[shown]()
# Last: it shows nothing, and its place while it loads must not move the rest.
if shown != "read" or not cases:
    tell_tab()
keep_in_tab()
note_whole(done=True)

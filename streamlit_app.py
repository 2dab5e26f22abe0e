"""The page: Read, Batch, Reader study, Model and Help.

    streamlit run streamlit_app.py

Everything that can be drawn without the model is drawn at once; the model loads in
the background, once for all sessions.
"""

from __future__ import annotations

import streamlit as st

from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.ui import texts
from pneumonia.ui.batch_page import show_batch
from pneumonia.ui.frame import show_frame, with_list
from pneumonia.ui.open_worklist import open_worklist
from pneumonia.ui.read_page import show_read
from pneumonia.ui.start_page import show_start

hide_third_party_warnings()
st.set_page_config(
    page_title=texts.TITLE, layout="wide", menu_items={"About": texts.ABOUT}
)


def read() -> None:
    """Show one case, or where to drop files."""
    work = open_worklist(settings)
    # A place each: what stays in the same place moves when the other is drawn.
    start, reading = st.container(gap=None), st.container(gap=None)
    if work is None:
        with start:
            show_start(settings)
    else:
        with reading:
            show_read(work, with_list=with_list(), model_page=pages["model"])
        work.go_on()


def batch() -> None:
    """Show all cases at once."""
    work = open_worklist(settings)
    with st.container(key="place"):
        show_batch(work)
    if work:
        work.go_on()


def study() -> None:
    """Show how to read before the model, and what came of it."""
    with st.container(key="place"):
        st.markdown(f"## {texts.PLACES['study']}")
        st.markdown(texts.READER_FIRST_HELP)


def model() -> None:
    """Show what the card knows."""
    with st.container(key="place"):
        st.markdown(f"## {texts.PLACES['model']}")


def help_() -> None:
    """Show the keys and what the numbers mean."""
    with st.container(key="place"):
        st.markdown(f"## {texts.PLACES['help']}")


places = {"read": read, "batch": batch, "study": study, "model": model, "help": help_}
pages = {
    name: st.Page(show, title=texts.PLACES[name], url_path=name, default=name == "read")
    for name, show in places.items()
}
page = st.navigation(list(pages.values()), position="hidden")
shown = next(name for name, it in pages.items() if it.title == page.title)
settings = show_frame(pages, shown)
# Not `page.run()`: it gives a field of the same key another identity on every page, and
# the field for files would lose them.
places[shown]()

"""Leaving the page: the browser asks first where impressions would be lost."""

from __future__ import annotations

from streamlit.components.v2 import component

# The browser has a sentence of its own; a page cannot choose it.
_SCRIPT = """
const ask = (event) => event.preventDefault();

export default function ({ data }) {
  if (data) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
}
"""

_leaving = component("leaving", js=_SCRIPT)


def ask_before_leaving(unexported: bool) -> None:
    """Have the browser ask before the page is closed or reloaded.

    Parameters
    ----------
    unexported : bool
        Whether anything would be lost. Draw it in every run: nothing to lose takes the
        question back.
    """
    _leaving(key="leaving", data=unexported)

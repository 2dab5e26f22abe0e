"""A chart with its words, its table for screen readers and its rows to download."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.export.records import to_csv
from pneumonia.language.speech import say, write_digits
from pneumonia.ui import model_texts as texts
from pneumonia.ui.downloads import offer_download

if TYPE_CHECKING:
    from altair import LayerChart

Row = dict[str, Any]

# Not seen, and read by screen readers.
_UNSEEN: Final = (
    "position: absolute; width: 1px; height: 1px; overflow: hidden; "
    "clip-path: inset(50%); white-space: nowrap"
)


def show_chart(
    chart: LayerChart,
    title: str,
    words: str,
    rows: Sequence[Row],
    name: str,
    *,
    drawn: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
) -> None:
    """Draw a chart, its words and its rows to download; screen readers get a table.

    Parameters
    ----------
    chart : altair.LayerChart
    title : str
        Its label for screen readers, which stands in each of its buttons too.
    words : str
        Below it.
    rows : sequence of dict
    name : str
        Of the file.
    drawn : sequence of mapping
        The rows in the spoken language.
    columns : mapping of str to str
        Which of their values the chart shows, and what each is called.
    """
    st.altair_chart(chart, width="stretch", alt=title)
    tell_rows(title, drawn, columns)
    st.caption(words)
    download_rows(rows, name)


def tell_rows(
    title: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]
) -> None:
    """Put a table on the page that screen readers read and nobody sees.

    Parameters
    ----------
    title : str
    rows : sequence of mapping
    columns : mapping of str to str
        Titles of the columns, by the rows' keys.
    """
    lines = [list(columns.values()), *([row[key] for key in columns] for row in rows)]
    cells = ["".join(f"<td>{_write(it)}</td>" for it in line) for line in lines]
    cells[0] = cells[0].replace("td>", "th>").replace("<th>", '<th scope="col">')
    written = "".join(f"<tr>{line}</tr>" for line in cells)
    caption = f"<caption>{html.escape(title)}</caption>"
    st.html(f'<div style="{_UNSEEN}"><table>{caption}{written}</table></div>')


def _write(value: object) -> str:
    if isinstance(value, float):
        return write_digits(f"{value:.3f}")
    return html.escape(str(value))


def rows_as_csv(rows: Sequence[Row]) -> bytes:
    """Write rows that differ in their columns; what one lacks is left empty.

    Parameters
    ----------
    rows : sequence of dict

    Returns
    -------
    bytes
    """
    columns = dict.fromkeys(key for row in rows for key in row)
    return to_csv([{key: row.get(key) for key in columns} for row in rows]).encode()


def download_rows(rows: Sequence[Row], name: str) -> None:
    """Offer rows as a file of CSV, named as given."""
    offer_download(
        say(texts.DATA),
        lambda: rows_as_csv(rows),
        f"{name}.csv",
        "text/csv",
        key=f"model_{name}",
    )

"""Which case is open, and the steps between cases, which the browser counts.

Streamlit drops what arrives while it is busy: of ten quick presses of a key some were
lost. The browser therefore adds the presses up and names the place that it wants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from pneumonia.ui.uploads import Case

# The order can change while a step is on its way, so the last ones are remembered.
_ORDERS_KEPT: Final = 8


def open_case(cases: Sequence[Case]) -> Case:
    """Return the chosen case, or else the one that came to its place."""
    chosen = st.session_state.get("open_case")
    place = min(int(st.session_state.get("open_place", 0)), len(cases) - 1)
    for at, case in enumerate(cases):
        if case.identity == chosen:
            place = at
    st.session_state["open_place"] = place
    st.session_state["shown_case"] = cases[place].identity
    return cases[place]


def going_to(cases: Collection[str]) -> str | None:
    """Return the identity of the case that the next run opens, None before any."""
    chosen: str | None = st.session_state.get("open_case")
    return chosen if chosen in cases else st.session_state.get("shown_case")


def step(order: Sequence[str], opened: str, by: int) -> None:
    """Open the next or previous case of the list; at the ends nothing happens.

    Parameters
    ----------
    order : sequence of str
        Identities of the cases, as the list shows them.
    opened : str
    by : int
    """
    # One that the filter hides lies before the first.
    place = order.index(opened) if opened in order else -1
    if 0 <= place + by < len(order):
        st.session_state["open_case"] = order[place + by]


def describe_place(order: Sequence[str], opened: str, *, key: str) -> dict[str, Any]:
    """Tell a component where the open case stands.

    Parameters
    ----------
    order : sequence of str
        Identities of the cases, as the list shows them.
    opened : str
    key : str
        Of the component.

    Returns
    -------
    dict
        ``order``, a name of this order; ``place``, from 0, or -1 where the filter hides
        the open case; ``total``; ``answered``, the last step of this component that
        this run has taken in.
    """
    name = hashlib.sha256("\n".join(order).encode()).hexdigest()[:16]
    orders: dict[str, Sequence[str]] = st.session_state.setdefault("orders", {})
    orders.pop(name, None)
    orders[name] = tuple(order)
    while len(orders) > _ORDERS_KEPT:
        del orders[next(iter(orders))]
    return {
        "order": name,
        "place": order.index(opened) if opened in order else -1,
        "total": len(order),
        "answered": st.session_state.get("answered", {}).get(key),
    }


def take_step(key: str) -> None:
    """Open the case that a component asks for.

    Parameters
    ----------
    key : str
        Of the component; its state ``asked`` has an order and a place in it, and what
        ``answered`` repeats: a name of the component and the number of its step.
    """
    asked = st.session_state[key].get("asked")
    if not asked:
        return
    order, place = _find_place(asked)
    if order:
        st.session_state["open_case"] = order[place]
    answered = {"mount": str(asked["mount"]), "step": int(asked["step"])}
    st.session_state.setdefault("answered", {})[key] = answered


def take_removals(key: str, remove: Callable[[str], None]) -> None:
    """Take cases off the list, as a component asks; the next in its order opens.

    Parameters
    ----------
    key : str
        Of the component; its state ``removed`` lists an order and a place in it for
        each case, those too that were taken off before.
    remove : callable
        Takes a case off, by its identity.
    """
    for asked in st.session_state[key].get("removed") or ():
        order, place = _find_place(asked)
        if not order:
            continue
        if going_to(order) == order[place]:
            beside = (*order[place + 1 :], *reversed(order[:place]))
            st.session_state["open_case"] = beside[0] if beside else None
        remove(order[place])


def _find_place(asked: Mapping[str, Any]) -> tuple[Sequence[str], int]:
    """Return the order that a component means, empty if unknown, and a place in it."""
    order = st.session_state.get("orders", {}).get(asked["order"], ())
    place = int(asked["place"])
    return (order if 0 <= place < len(order) else ()), place

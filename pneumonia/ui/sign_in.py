"""Who may see the page: OpenID Connect by Streamlit, off unless a setting is given.

``PNEUMONIA_SIGN_IN`` names the claim that holds a person's roles, with dots where it
lies within others: ``roles``, ``realm_access.roles``. Streamlit's ``secrets.toml``
holds the provider. Whoever has neither role is refused.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Literal

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section, is_authlib_installed
from streamlit.runtime import get_instance

from pneumonia.language.speech import say
from pneumonia.reading.environment import whole_number
from pneumonia.ui import access_texts as texts
from pneumonia.ui.downloads import Downloads
from pneumonia.ui.texts import TITLE

_logger = logging.getLogger(__name__)

Role = Literal["reader", "administrator"]
State = Literal["signed_out", "over", "no_role"]

# A working day. The token's own end is no measure: it says until when the token may be
# taken from the provider, which at some is five minutes.
_HOURS: Final = 12
_CLAIM: Final = os.environ.get("PNEUMONIA_SIGN_IN", "")
_SECONDS: Final = whole_number("PNEUMONIA_SIGN_IN_SECONDS", _HOURS * 3600)

# For whoever runs the server.
_NO_AUTHLIB: Final = (
    "Sign-in needs the packages of the extra auth. Nobody is let in until they are "
    'installed: pip install ".[auth]"'
)
_NO_PROVIDER: Final = (
    "Sign-in needs the section [auth] of .streamlit/secrets.toml. Nobody is let in "
    "until it names the provider."
)
_OPEN: Final = (
    "The page is open to other machines without sign-in (PNEUMONIA_OPEN=1). Have a "
    "proxy in front of it that signs visitors in."
)
_NOT_OPENED: Final = (
    "The page would be open to other machines without sign-in: its address is set to "
    "{address}. Set PNEUMONIA_SIGN_IN to have visitors sign in, or PNEUMONIA_OPEN=1 if "
    "a proxy signs them in; without --server.address it serves this machine alone."
)


@dataclass(frozen=True)
class Person:
    """Who uses the page.

    Attributes
    ----------
    role : {"reader", "administrator"}
    user : str or None
        As the provider numbers its users; None where nobody signs in.
    until : float
        When the sign-in is over, in seconds since 1970.
    """

    role: Role
    user: str | None
    until: float


def signs_in() -> bool:
    """Tell whether visitors must sign in."""
    return bool(_CLAIM)


def identify(
    claims: Mapping[str, Any], *, claim: str, seconds: float, now: float
) -> Person | State:
    """Tell who somebody is, or why nobody.

    Parameters
    ----------
    claims : mapping
        Of the identity token, as Streamlit gives them.
    claim : str
        Where the roles are: one word or a list of words.
    seconds : float
        For how long a sign-in holds, from the time at which the token was issued.
    now : float
        Seconds since 1970.

    Returns
    -------
    Person, or "signed_out", "over" or "no_role"
    """
    if claims.get("is_logged_in") is not True or not claims.get("sub"):
        return "signed_out"
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not issued <= now + 60 < issued + seconds:
        return "over"
    found: Any = claims
    for name in claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    roles = [found] if isinstance(found, str) else found
    if isinstance(roles, list | tuple):
        for role in ("administrator", "reader"):
            if role in roles:
                return Person(role, str(claims["sub"]), issued + seconds)
    return "no_role"


def require_sign_in() -> Person:
    """Return who uses the page; draw the sign-in and end the run if nobody may.

    Where no sign-in is asked for, everybody is a reader.
    """
    if not signs_in():
        return Person("reader", None, float("inf"))
    found = _identify(st.user.to_dict()) if not _missing() else "signed_out"
    if isinstance(found, Person):
        Downloads.of_session().until = found.until
        return found
    # What was open was this person's, who may not see it any more.
    Downloads.forget()
    st.session_state.clear()
    st.title(say(TITLE), anchor=False)
    if missing := _missing():
        st.error(missing)
        st.stop()
    st.markdown(say(texts.SIGN_IN_STATES[found]))
    if found == "no_role":
        st.button(say(texts.SIGN_OUT), on_click=st.logout)
    else:
        st.button(say(texts.SIGN_IN), on_click=st.login, type="primary")
    st.stop()


def is_signed_in() -> bool:
    """Tell whether who uses the page still may."""
    if not signs_in():
        return True
    return not _missing() and isinstance(_identify(st.user.to_dict()), Person)


def offer_sign_out() -> None:
    """Draw who is signed in and how to leave; nothing where nobody signs in."""
    if not signs_in():
        return
    person = _identify(st.user.to_dict())
    if isinstance(person, Person):
        st.caption(say(texts.SIGNED_IN[person.role]))
        st.button(say(texts.SIGN_OUT), on_click=_sign_out)


def may_bring_files(session: str) -> bool:
    """Tell whether a session may upload, by its identifier."""
    if not signs_in():
        return True
    # Streamlit has no public way to ask for another session's user.
    known: Any = get_instance().get_app_session(session)
    return known is not None and isinstance(_identify(known._user_info), Person)


def check_doors() -> None:
    """Say in the log, at the start, what is wrong with sign-in or its absence.

    Raises
    ------
    SystemExit
        If other machines could open the page without sign-in, and no setting says
        that they may.
    """
    address = str(st.get_option("server.address") or "")
    if signs_in():
        if missing := _missing():
            _logger.error(missing)
    elif not _is_loopback(address):
        if os.environ.get("PNEUMONIA_OPEN") != "1":
            raise SystemExit(_NOT_OPENED.format(address=address or "all"))
        _logger.warning(_OPEN)


def _identify(claims: Mapping[str, Any]) -> Person | State:
    return identify(claims, claim=_CLAIM, seconds=_SECONDS, now=time.time())


def _sign_out() -> None:
    Downloads.forget()
    st.session_state.clear()
    st.logout()


def _missing() -> str | None:
    """Say what sign-in lacks; None where it lacks nothing."""
    if not is_authlib_installed():
        return _NO_AUTHLIB
    return None if get_secrets_auth_section() else _NO_PROVIDER


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"

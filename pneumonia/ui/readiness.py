"""Whether the server can assess a file: its weights are verified and its network warm.

Whether it lives at all is asked at Streamlit's ``/_stcore/health``. A balancer asks for
readiness, so the weights are loaded when the server starts, before anybody comes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from threadpoolctl import threadpool_limits

from pneumonia.model.weights import DEFAULT_WEIGHTS
from pneumonia.reading.isolation import start_decoders
from pneumonia.ui.metrics import start_metrics
from pneumonia.ui.model_loading import current_weights
from pneumonia.ui.sessions import forget_sessions

if TYPE_CHECKING:
    from starlette.requests import Request

# For the operator and a balancer, so in one language.
READY: Final = "This server is ready."
NOT_READY: Final = "This server is starting: the weights are being loaded."


@asynccontextmanager
async def run_server(app: st.App) -> AsyncIterator[None]:
    """Do what a server does besides answering; the `lifespan` of a Streamlit app."""
    async with forget_sessions(app):
        end_metrics = start_metrics()
        await run_in_threadpool(_get_ready)
        try:
            yield
        finally:
            await run_in_threadpool(end_metrics)


def _get_ready() -> None:
    # The products of matrices are small here. Their threads would wait by spinning, and
    # take the cores from decoding and other visitors.
    threadpool_limits(1, "blas")
    current_weights().loading(DEFAULT_WEIGHTS)
    start_decoders()


async def _tell(_: Request) -> Response:
    loading = await run_in_threadpool(
        lambda: current_weights().loading(DEFAULT_WEIGHTS)
    )
    if not loading.done():
        return PlainTextResponse(NOT_READY, 503)
    if failure := loading.exception():
        return PlainTextResponse(str(failure), 503)
    return PlainTextResponse(READY)


def readiness_route() -> Route:
    """Return what the server needs to answer ``/ready``."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/ready" if base else "/ready", _tell)

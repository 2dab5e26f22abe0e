"""The page's server.

    streamlit run streamlit_app.py

What a visitor sees is in `pneumonia.ui.page`.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

import pneumonia
from pneumonia.ui.doors import Doors
from pneumonia.ui.downloads import download_routes
from pneumonia.ui.readiness import readiness_route, run_server
from pneumonia.ui.shell import Shell
from pneumonia.ui.sign_in import check_doors

check_doors()  # before anything listens

app = st.App(
    Path(pneumonia.__file__).with_name("ui") / "page.py",
    lifespan=run_server,
    middleware=[Middleware(Doors), Middleware(Shell)],
    routes=[*download_routes(), readiness_route()],
)

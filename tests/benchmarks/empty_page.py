"""The least that a page of Streamlit can show: one button."""

import streamlit as st

st.button("Nothing")

"""The page's parts; the only package besides ``streamlit_app`` to use Streamlit."""

"""The page's parts and every sentence it shows.

Offers what `streamlit_app.py` puts together.
Never imports training or the command line.
"""

"""The page's parts and every sentence it shows.

Offers what `pneumonia.ui.page` puts together and `streamlit_app.py` serves.
Never imports training or the command line.
"""

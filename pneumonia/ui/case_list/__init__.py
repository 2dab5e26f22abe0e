"""The list of cases, a component of the page's own.

Streamlit's table opens a row by its box only, and does not keep the open row in view.
"""

from pneumonia.ui.case_list.component import LIST, show_cases, show_handle

__all__ = ["LIST", "show_cases", "show_handle"]

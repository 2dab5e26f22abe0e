"""The languages of page and exports: sentences, plural forms, numbers and dates.

Offers `speech`. The catalogues lie in ``catalogues/``, keyed by the English sentences.
Never imports anything else of the package.
"""

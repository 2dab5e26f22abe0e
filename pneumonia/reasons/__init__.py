"""Codes for why a file is refused or warned of, and the English sentence for each.

Offers `codes` (what travels between rooms), `refusals` and `cautions` (the tables) and
`sentences` (from a code to a sentence). A translation replaces the tables only.
Never imports anything else of the package.
"""

"""From labelled radiographs to a fitted network.

Offers `recipes`, `fit`, `stages`.
Never imports any surface.
"""

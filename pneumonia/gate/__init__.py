"""Decides whether the model may read a radiograph.

Offers `checks` (the questions), `view_classifier` (the fitted part).
Never imports a network; `checks` imports no Keras.
"""

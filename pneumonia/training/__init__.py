"""From labelled radiographs to a trained network.

Offers `recipes`, `fit.fit` and, for the lungs, `lung_network.fit_lung_network`.
Never imports evaluation, the card, exports, the page or the command line.
"""

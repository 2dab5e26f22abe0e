"""From labelled radiographs to a trained network.

Offers `recipes`, `stages.fit_recipe`, `fit.fit`.
Never imports evaluation, the card, exports, the page or the command line.
"""

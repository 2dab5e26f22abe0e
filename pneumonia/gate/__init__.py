"""Decides whether the model may read a radiograph.

Offers `checks` (what is asked of file and picture), `storage` (the fitted gate on disk)
and `fitting`. Never imports a network, Keras or TensorFlow.
"""

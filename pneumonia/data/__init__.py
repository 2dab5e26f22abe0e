"""Labelled folders of radiographs, and which part of them is for what.

Offers `labelled_files`, `partitions`.
Never imports a model; no Keras, no TensorFlow.
"""

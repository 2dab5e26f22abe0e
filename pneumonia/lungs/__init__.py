"""Where the lungs are on a radiograph, and the cut that the network sees.

Offers `LungFinder`, `LungFields` and `cut_to_lungs`. Never imports Keras, TensorFlow or
a room above it.
"""

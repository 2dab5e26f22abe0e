"""Numbers about labels and scores: metrics, intervals, calibration.

Offers plain functions on arrays.
Never imports anything else of the package; no Keras, no TensorFlow.
"""

"""Pneumonia against normal on chest radiographs of young children.

A research demonstration, not a medical device. The way of one radiograph is
``radiograph`` (bytes to grey levels), ``preprocess`` (grey levels to the model's
square), ``classifier`` (square to an assessment with its saliency map).
"""

__version__ = "0.1.0"

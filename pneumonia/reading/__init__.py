"""Turns the bytes of a file into a `Radiograph`, and that into the model's square.

Offers `radiograph.read_radiograph`, `display.displayed`, `model_input.to_model_input`,
`orientation.apply_repair`, `archive.open_archive`.
Never imports another room; no Keras, no TensorFlow.
"""

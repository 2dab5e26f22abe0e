"""Bytes of a file become a `Radiograph`, and a `Radiograph` the model's square.

Offers `radiograph.read_radiograph`, `model_input.to_model_input`, `archive`,
`orientation`.
Never imports anything of the package but the errors; no Keras, no TensorFlow.
"""

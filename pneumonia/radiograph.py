"""The reader under its first name, for programs written against the first version."""

from pneumonia.reading.radiograph import Radiograph, read_radiograph

__all__ = ["Radiograph", "read_radiograph"]

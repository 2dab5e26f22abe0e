"""Tell setuptools where the packages lie; everything else is in pyproject.toml.

The weights stay in the top-level folder ``weights/``, and are installed as the data of
``pneumonia.weights``.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["pneumonia*"]), "pneumonia.weights"],
    package_dir={"pneumonia.weights": "weights"},
)

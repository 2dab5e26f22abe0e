"""Changes to radiographs that must not change the score.

Offers tables of named perturbations (`corruptions`, `occlusions`, `drawn_devices`) and
swaps of regions between radiographs (`region_swaps`).
Never imports a network: it only changes pixels.
"""

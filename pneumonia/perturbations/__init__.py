"""Changes to radiographs that must not change the score.

Offers two tables of named perturbations: `corruptions` and `drawn_devices`.
Never imports a network: it only changes pixels.
"""

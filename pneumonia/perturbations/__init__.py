"""Changes to radiographs that must not change the answer.

Offers tables of named changes.
Never imports a network: it only draws.
"""

"""How good a network is, and where it fails.

Offers `network_report.measure` and what it is made of.
Never imports training or any surface.
"""

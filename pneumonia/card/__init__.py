"""What is told of the weights: the JSON card and what is written from it.

Offers `provenance`, `markdown`, `figures`.
Never imports a network: a card is data.
"""

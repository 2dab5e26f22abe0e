"""The card of the weights, and the documents written from it.

Offers `schema` (the keys of the card, `check_card`), `provenance`,
`markdown` and `figures`.
Never imports a network: a card is data.
"""

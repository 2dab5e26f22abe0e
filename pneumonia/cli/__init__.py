"""The command line.

Offers `commands.main`: ``assess`` is in `assess`, ``evaluate`` and ``recalibrate`` in
`labelled`, ``pacs`` in `pacs`.
Never imports the page.
"""

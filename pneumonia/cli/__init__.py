"""The command line.

Offers `commands.main`: ``assess`` is in `assess`, ``evaluate`` and ``recalibrate`` in
`labelled`.
Never imports the page.
"""

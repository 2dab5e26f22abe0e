"""The command line.

Offers `commands.main`.
Never imports the page.
"""

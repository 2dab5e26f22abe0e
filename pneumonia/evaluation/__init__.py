"""How good a network is, and where it fails.

Offers `network_report` (`fit_decision`, `report`), `remeasure`, `recalibration` and the
measurements that they consist of.
Never imports training, the page, the command line or exports.
"""

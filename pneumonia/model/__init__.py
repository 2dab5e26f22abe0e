"""Networks and weights; heatmap, assessment and decision of one radiograph.

Offers `classifier.Classifier` (radiograph to `Assessment`), `decision.decide`
(assessment, operating point and prevalence to `Decision`), `heatmap`, `weights`.
Never imports training, evaluation, exports, the page or the command line.
"""

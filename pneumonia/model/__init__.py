"""A network, its weights, its heatmap, and what is said of one radiograph.

Offers `classifier.Classifier` (radiograph to `Assessment`), `decision.decide`
(assessment, operating point and prevalence to `Decision`), `heatmap`, `weights`.
Never imports training, evaluation or any surface.
"""

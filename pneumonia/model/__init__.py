"""A network, its weights, its heatmap, and the assessment of one radiograph.

Offers `classifier.Classifier`, `weights`, `prediction`.
Never imports training, evaluation or any surface.
"""

"""Records of assessments for people and for other programs."""

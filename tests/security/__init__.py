"""Nobody learns what isn't theirs: marked secrets, planted everywhere."""

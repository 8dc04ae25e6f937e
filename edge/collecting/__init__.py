"""Labelled handwriting is collected here, and kept whole."""

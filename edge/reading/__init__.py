"""Candidates -> reading: which digit each one is, and which numbers and lines they make."""

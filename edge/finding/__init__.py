"""Frame -> candidates: what may be a digit, and where."""

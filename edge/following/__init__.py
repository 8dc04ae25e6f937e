"""Readings over time -> a steady reading. Knows no camera, no screen, no file."""

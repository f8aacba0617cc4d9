"""Saved networks: their file formats, and how a network reads a drawing."""

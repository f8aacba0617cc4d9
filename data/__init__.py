"""Datasets: the embedded digits, and readers for other sources."""

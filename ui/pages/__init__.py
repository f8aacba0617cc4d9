"""The pages, each read top to bottom."""

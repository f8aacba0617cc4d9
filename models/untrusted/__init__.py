"""Weights files of strangers, read without trusting them: nothing in them is run, and sizes are checked first."""

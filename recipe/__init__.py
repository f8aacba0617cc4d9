"""Build models/digits.npz: `python -m recipe`. Not imported at run time."""

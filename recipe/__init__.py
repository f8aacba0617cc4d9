"""How models/digits.npz is made: `python -m recipe`. Nothing at run time imports it."""

"""Commands that reproduce the README's figures for accuracy and speed."""

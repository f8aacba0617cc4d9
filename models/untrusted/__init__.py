"""Build a network from the arrays of a weights file from an untrusted source."""

"""Convert a drawing or a photograph to the 28×28 image that a network reads."""

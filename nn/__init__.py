"""The mathematics of Digit Lab: a neural network in NumPy, from the equations up."""

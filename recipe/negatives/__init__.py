"""Drawings that are not digits, made up, so that the network learns to reject them."""

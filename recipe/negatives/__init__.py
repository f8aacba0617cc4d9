"""Generated drawings that are not digits, from which the network learns to reject them."""

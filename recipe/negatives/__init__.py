"""Generate drawings that are not digits, to teach the network to reject them."""

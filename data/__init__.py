"""What the network learns from: the embedded digits, and how every other source is read."""

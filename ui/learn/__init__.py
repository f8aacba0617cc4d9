"""What only the Learn page shows."""

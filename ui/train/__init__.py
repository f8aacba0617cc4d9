"""What only the Train page shows."""

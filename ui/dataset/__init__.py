"""What only the Dataset page shows."""

"""What only the Draw page shows."""

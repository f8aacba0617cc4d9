"""Interactive training runs."""

"""Training runs, as a person drives them."""

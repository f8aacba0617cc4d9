"""What the app has learned: saved weights, how they are read and written, and the recipe that makes them."""

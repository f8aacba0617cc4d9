"""The search for the best hidden size and λ."""

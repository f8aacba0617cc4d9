"""What the README claims about accuracy and speed, as commands that anyone can run."""

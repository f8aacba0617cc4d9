"""Load weights files from untrusted sources: nothing in them is executed, and sizes are checked first."""

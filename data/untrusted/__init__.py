"""Read the arrays in files from untrusted sources without executing anything in them; sizes are checked first."""

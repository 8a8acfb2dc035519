"""Pure functions on bytes: whether what is kept is what was received."""

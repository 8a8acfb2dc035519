"""The archive: what is kept and the rules of keeping."""

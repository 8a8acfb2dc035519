"""The way out: which addresses may be reached, by whose ticket, and what passed."""

"""The ledger and the world outside: who cosigns it, and who says when it was there."""

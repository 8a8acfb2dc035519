"""The doors: HTTP in, JSON out; no rules, no SQL."""

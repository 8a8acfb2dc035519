"""The embedded stack: its stores, its parts, and the vault they live in."""

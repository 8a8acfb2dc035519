"""The Merkle log over the events: where its pieces lie, who signs it, how it grows, what it proves."""

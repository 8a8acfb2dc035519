"""The ledger at work: grown and signed, written out, shown to witnesses and stamped by others."""

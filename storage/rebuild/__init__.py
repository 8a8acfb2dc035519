"""The database written again from what lies in the vault: the ledger's events, read, checked, and turned into rows."""

"""What a backup of a whole archive is: a snapshot of database and ledger, the files, and the keys apart from them."""

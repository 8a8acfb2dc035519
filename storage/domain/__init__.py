"""Pure rules: nothing here touches a disk, a socket or a database."""

"""Evidence packages: all of one item, as files that verify without this archive."""

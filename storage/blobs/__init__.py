"""Bytes under their digest; one module per kind of store."""

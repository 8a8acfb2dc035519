"""What can be done to the archive, one module per kind of deed; `archive.py` joins them into the one door."""

"""Copies of one another: fingerprints as they are kept, the index that finds them, and what two of them say together.

Pure: it knows no decoder, no item and no database. The analysis engine writes fingerprints, this room reads them.
"""

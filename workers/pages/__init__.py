"""Web pages: captured by a browser in a box, and looked at again from what was kept."""

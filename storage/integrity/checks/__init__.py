"""The nine checks of a package, in three groups: its bag, its custody, and what others have signed."""

"""The hands: everything slow, networked or heavy."""

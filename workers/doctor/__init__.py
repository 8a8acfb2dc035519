"""Whether an installation is safe to use."""

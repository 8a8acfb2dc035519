"""What is seen in a browser: a package, so that its modules can share one house."""

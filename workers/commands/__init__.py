"""What the command does when the stack is not asked for: handing in, people, a file alone."""

"""Base entities of all platforms, the sources of their rows, and their pictures."""

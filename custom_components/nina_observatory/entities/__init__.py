"""Base entities of all platforms."""

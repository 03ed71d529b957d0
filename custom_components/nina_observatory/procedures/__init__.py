"""Procedures of several commands that act on a whole entry, its options, and its address."""

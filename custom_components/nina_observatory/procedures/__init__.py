"""Procedures of several commands that act on a whole entry."""

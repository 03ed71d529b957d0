"""The site of the documentation, made from the same files that GitHub shows."""

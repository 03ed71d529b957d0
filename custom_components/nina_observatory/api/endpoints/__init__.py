"""The Advanced API by subject: what can be read and commanded of each, in one file."""

"""The Advanced API by subject, one file for each."""

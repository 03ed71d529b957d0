"""Repair issues about N.I.N.A., its plugins, and their settings, which a person can mend."""

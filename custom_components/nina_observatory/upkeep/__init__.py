"""What a person can mend: repair issues about N.I.N.A., its plugins, and their settings."""

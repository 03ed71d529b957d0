"""The night: its report and its problems."""

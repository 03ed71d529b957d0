"""A browser without a window, looking at the demonstration's Home Assistant."""

"""The demonstration as a person sees it: a real browser on a real Home Assistant."""

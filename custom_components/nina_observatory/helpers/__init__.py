"""Small helpers for Home Assistant that any layer may use."""

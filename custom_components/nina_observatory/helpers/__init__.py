"""Small pieces of Home Assistant's kind that any layer may use."""

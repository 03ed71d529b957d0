"""The devices: one module each, with info block and commands."""

"""Broken answers and messages, followed to everything that is shown of them."""

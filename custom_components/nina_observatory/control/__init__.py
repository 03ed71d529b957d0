"""Commands and their proof."""

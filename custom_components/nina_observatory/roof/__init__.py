"""The roof: the rules for moving it, the guard, and the alarm."""

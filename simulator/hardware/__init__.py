"""The simulated hardware: it moves and drifts by itself."""

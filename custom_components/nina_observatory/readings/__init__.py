"""State read from N.I.N.A.: one coordinator per cadence, and the pure state they keep."""

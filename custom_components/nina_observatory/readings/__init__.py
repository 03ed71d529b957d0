"""State read from N.I.N.A.: one coordinator per polling rate, and the pure state they keep."""

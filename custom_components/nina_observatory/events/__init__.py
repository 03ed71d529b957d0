"""Events of N.I.N.A. and of this integration, in order and exactly once."""

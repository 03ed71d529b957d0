"""What N.I.N.A. does with its devices when it is told to: waits, checks, events."""

"""The advanced sequencer of the simulated N.I.N.A.: tree, engine, instructions, library."""

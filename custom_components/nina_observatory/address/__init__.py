"""Where N.I.N.A. is found, and whether it answers there."""

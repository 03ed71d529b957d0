"""A client for N.I.N.A.'s Advanced API and Target Scheduler, without anything of Home Assistant."""

"""A week as a user has it: what Home Assistant shows, notifies, and logs, counted by kind and night.

A real Home Assistant with the defaults of a new installation and a simulated observatory, by a clock
that is turned over the time in which nothing happens; a night takes as long in it as in reality.
"""

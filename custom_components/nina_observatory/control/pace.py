"""The pace of commands, which tests change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Pace:
    """How often a command reads its subject, and how long it waits; in seconds."""

    # N.I.N.A. polls its drivers every 2 s; looking more often shows nothing newer.
    look_again: float = 2.0
    first_look: float = 0.5
    # An event comes a moment before the readings show what it announces.
    after_event: float = 0.3
    # How long a caller that does not wait for the end waits for N.I.N.A.'s reply.
    answer: float = 5.0
    # How long a command continues without any reading.
    silence: float = 45.0
    # Scales the time limits of all commands; 1 outside of tests.
    scale: float = 1.0

"""How often a command under way looks at readings."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Pace:
    """How often a command under way looks, in seconds."""

    # N.I.N.A. polls its drivers every 2 s; looking more often shows nothing newer.
    look_again: float = 2.0
    first_look: float = 0.5
    # An event announces an end a moment before the reading shows it.
    after_event: float = 0.3
    # How long a command that nobody waits for may take to be refused.
    answer: float = 5.0
    # How long a command is followed without any reading.
    silence: float = 45.0
    # Scales the time limits of all commands; 1 outside of tests.
    scale: float = 1.0

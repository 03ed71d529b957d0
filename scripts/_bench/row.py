"""Budgets, and the subjects that are measured together."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """A budget: at most so much of a unit.

    `method` says in a sentence how it is measured. What is `counted` is the same in every run, and
    fails it when it is over its budget; what is timed is shown.
    """

    key: str
    what: str
    most: float
    unit: str
    method: str
    counted: bool = False

    @property
    def budget(self) -> str:
        """Return the budget in words."""
        return f"≤ {self.most:g} {self.unit}" if self.most else "none"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Rows that are measured together, in a process of its own.

    `module` has the function `measure`, which gets `argument` where there is one. What `waits` most
    of its time is run beside others; the least of `runs` counts. `turned` is whether the clock is
    turned, which it is for all in the `short` form.
    """

    module: str
    rows: tuple[Row, ...]
    argument: str = ""
    waits: bool = False
    turned: bool = False
    short: bool = False
    runs: int = 1

    @property
    def name(self) -> str:
        """Return the name on the command line."""
        return f"{self.module}:{self.argument}" if self.argument else self.module

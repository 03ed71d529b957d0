"""What can go wrong with the demonstration, in words for the person who started it."""

from pathlib import Path

TAIL = 20


class DemoError(Exception):
    """The demonstration cannot go on; says why and shows the end of the log concerned."""

    def __init__(self, reason: str, log: Path | None = None) -> None:
        """Keep the reason and the end of a log."""
        super().__init__(reason)
        self.log = log

    def report(self) -> str:
        """Return the reason, followed by the last lines of the log."""
        if self.log is None or not (lines := last_lines(self.log)):
            return str(self)
        shown = "\n".join(f"    {line}" for line in lines)
        return f"{self}\n  The end of {self.log}:\n{shown}"


def last_lines(log: Path) -> list[str]:
    """Return the last lines of a log, none where it cannot be read."""
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    except OSError:
        return []

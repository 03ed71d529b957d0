"""Commands for the sequencer."""

from ..api import Sequence
from ..commander import SEQUENCE, Command


def start_sequence(*, skip_validation: bool) -> Command[Sequence]:
    """Return the command that starts the loaded sequence."""
    return Command(
        key="start_sequence",
        subject=SEQUENCE,
        send=lambda client, _: client.start_sequence(skip_validation=skip_validation),
        proof=lambda sequence: sequence.running,
        seen=lambda _: "not running",
        limit=30,
    )


STOP_SEQUENCE = Command[Sequence](
    key="stop_sequence",
    subject=SEQUENCE,
    send=lambda client, _: client.stop_sequence(),
    proof=lambda sequence: not sequence.running,
    seen=lambda _: "running",
    # N.I.N.A. gives a stubborn instruction two minutes to react.
    limit=150,
    overtakes=("start_sequence",),
)

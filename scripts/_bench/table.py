"""The budgets, in their order, and the subjects by which they are measured."""

from typing import Final

from .row import Row, Subject


def _requests(what: str, *rows: Row) -> Subject:
    """Return a subject about requests to the Advanced API."""
    return Subject(module="requests", argument=what, rows=rows, waits=True, turned=True, short=True)


_STEADY: Final = "{}; counted by the server over half an hour, with a clock that skips idle time"
_STORM: Final = "three times 1,000 events of eleven kinds in one second, every second one numbered"
_HOLD: Final = (
    "the longest processor time of the loop's thread between two turns, lowest of three rounds; 5,000 "
    "nodes in the sequence, 2,000 frames and 2,500 events in the histories"
)
_ROWS: Final = (
    "{}, noisy instruments; rows of states and events in SQLite over an hour, with the same clock and "
    "the entities that are enabled by default"
)
_ROOF: Final = "the roof takes 15 s; measured until `roof_close_failed` is on the bus"

SUBJECTS: Final = (
    _requests(
        "imaging",
        Row(
            key="requests-imaging",
            what="requests to the Advanced API while imaging",
            most=8,
            unit="a minute",
            method=_STEADY.format(
                "a sequence with frames of 60 s, guiding, dithers, and filter changes"
            ),
            counted=True,
        ),
        Row(
            key="traffic-imaging",
            what="responses to them",
            most=55,
            unit="kB a minute",
            method="bodies of the responses to the same requests",
            counted=True,
        ),
    ),
    _requests(
        "idle",
        Row(
            key="requests-idle",
            what="requests while connected but idle",
            most=6,
            unit="a minute",
            method=_STEADY.format("all eleven devices connected, mount parked, roof closed"),
            counted=True,
        ),
    ),
    _requests(
        "nothing",
        Row(
            key="requests-nothing",
            what="requests while nothing is connected",
            most=2,
            unit="a minute",
            method=_STEADY.format("N.I.N.A. just started"),
            counted=True,
        ),
    ),
    _requests(
        "gone",
        Row(
            key="requests-gone",
            what="attempts to connect while N.I.N.A. is gone",
            most=8,
            unit="a minute",
            method="connections that the event loop opens to the port of the Advanced API, over half an "
            "hour, starting one minute after the port begins to refuse them",
            counted=True,
        ),
    ),
    Subject(
        module="scheduler",
        waits=True,
        turned=True,
        short=True,
        rows=(
            Row(
                key="scheduler-imaging-few",
                what="requests to the Target Scheduler while imaging, with 3 active projects",
                most=2,
                unit="a minute",
                method="a frame every 30 s; counted by the server over half an hour, with the same clock",
                counted=True,
            ),
            Row(
                key="scheduler-imaging-many",
                what="the same with 60 active projects",
                most=2,
                unit="a minute",
                method="as with 3 projects",
                counted=True,
            ),
            Row(
                key="scheduler-idle",
                what="requests to it while not imaging",
                most=1,
                unit="in 5 minutes for each active project",
                method="as while imaging; the higher value of 3 and 60 active projects",
                counted=True,
            ),
        ),
    ),
    Subject(
        module="latency",
        argument="events",
        runs=3,
        rows=(
            Row(
                key="event-median",
                what="time from an event on the wire to bus and states, median",
                most=1,
                unit="ms",
                method="150 saved frames and as many filter changes, with 500 frames kept, whichever is "
                "slower; until the event is on the bus, and a frame also in *HFR*, minus the time of a bare "
                "websocket client in the same loop, which is served first; lowest of three processes",
            ),
            Row(
                key="event-99",
                what="the same, 99th percentile",
                most=5,
                unit="ms",
                method="all these events",
            ),
            Row(
                key="event-work",
                what="time that a frame takes in the event loop, all in all",
                most=2,
                unit="ms",
                method="processor time of the loop's thread in 0.1 s with a saved frame, including both "
                "websockets and what follows the event, minus 0.1 s without; medians of 50",
            ),
        ),
    ),
    Subject(
        module="latency",
        argument="verdicts",
        rows=(
            Row(
                key="safe-again",
                what="time from a safe `SAFETY-CHANGED` to *Safety* off, median",
                most=100,
                unit="ms",
                method="20 times, 2.5 s apart; including the fresh reading, minus the time of a bare "
                "websocket client in the same loop",
            ),
            Row(
                key="unsafe-shown",
                what="time from an unsafe one to *Safety* on, median",
                most=5,
                unit="ms",
                method="as for a safe one",
            ),
        ),
    ),
    Subject(
        module="poll",
        argument="states",
        waits=True,
        turned=True,
        short=True,
        rows=(
            Row(
                key="poll-states",
                what="states written by polls that change nothing",
                most=0,
                unit="states",
                method="all entities enabled; the server returns the same for half an hour, with the "
                "same clock; states that change or are written again, except those that Home Assistant "
                "polls itself or writes with picture tokens, and the plot of the sky",
                counted=True,
            ),
        ),
    ),
    Subject(
        module="poll",
        argument="time",
        runs=3,
        rows=(
            Row(
                key="poll-time",
                what="time such a poll takes in the event loop, with 200 entities or more",
                most=1,
                unit="ms",
                method="processor time of the loop's thread in a second with a poll, including HTTP and "
                "decoding, minus a second without requests; median of 12; lowest of three processes",
            ),
        ),
    ),
    Subject(
        module="hold",
        rows=(
            Row(
                key="hold-set-up",
                what="event loop held by a reload",
                most=20,
                unit="ms",
                method=_HOLD,
            ),
            Row(
                key="hold-read",
                what="… by reading everything again",
                most=20,
                unit="ms",
                method="the same, after a lost connection",
            ),
            Row(
                key="hold-replay",
                what="… by 2,500 missed events",
                most=20,
                unit="ms",
                method="the same, until all of them are on the bus",
            ),
            Row(
                key="hold-frame",
                what="… by a frame, with 2,000 frames kept",
                most=20,
                unit="ms",
                method="the same, the longest of ten frames",
            ),
        ),
    ),
    Subject(
        module="setup",
        argument="hold",
        runs=3,
        rows=(
            Row(
                key="hold-cold",
                what="… by the first setup in a process",
                most=20,
                unit="ms",
                method="the same while imaging, without long histories, lowest of three processes",
            ),
        ),
    ),
    Subject(
        module="storm",
        short=True,
        rows=(
            Row(
                key="storm-lost",
                what="events lost of 1,000 in one second",
                most=0,
                unit="events",
                method=f"{_STORM}; events that are missing from the bus, or on it more than once",
                counted=True,
            ),
            Row(
                key="storm-requests",
                what="requests they cause",
                most=10,
                unit="requests",
                method="all until 12 s after the last event, minus those in an equally long time before "
                "the first, highest of three storms",
                counted=True,
            ),
            Row(
                key="storm-hold",
                what="event loop held during this",
                most=20,
                unit="ms",
                method="the longest processor time of the loop's thread between two turns, lowest of "
                "three storms",
            ),
        ),
    ),
    Subject(
        module="recorder",
        argument="imaging",
        waits=True,
        turned=True,
        rows=(
            Row(
                key="rows-imaging",
                what="rows of the recorder, with one observatory imaging",
                most=20,
                unit="a minute",
                method=_ROWS.format("frames of 150 s by the Target Scheduler"),
                counted=True,
            ),
            Row(
                key="database",
                what="growth of its database",
                most=3,
                unit="MB a night",
                method="pages of the same database, including indices and statistics, for ten hours",
                counted=True,
            ),
        ),
    ),
    Subject(
        module="recorder",
        argument="parked",
        waits=True,
        turned=True,
        rows=(
            Row(
                key="rows-parked",
                what="rows of the recorder, with everything parked",
                most=2,
                unit="a minute",
                method=_ROWS.format("all devices connected, mount parked, roof closed"),
                counted=True,
            ),
        ),
    ),
    Subject(
        module="setup",
        argument="set-up",
        runs=5,
        rows=(
            Row(
                key="set-up",
                what="setup of an entry after N.I.N.A.'s first response",
                most=0.15,
                unit="s",
                method="from the server's first response until the entry is loaded, in a process that has "
                "not set up any before, lowest of five",
            ),
        ),
    ),
    Subject(
        module="setup",
        argument="import",
        rows=(
            Row(
                key="import",
                what="import of the package",
                most=0.3,
                unit="s",
                method="processor time for importing all its modules in a new process that has already "
                "imported all others, lowest of five",
            ),
        ),
    ),
    Subject(
        module="pictures",
        waits=True,
        rows=(
            Row(
                key="viewers-one",
                what="requests for a changed picture, with 20 viewers of one size",
                most=1,
                unit="requests",
                method="*Latest image*, all viewers at once; highest of three changes",
                counted=True,
            ),
            Row(
                key="viewers-many",
                what="the same with 20 viewers of 20 widths",
                most=5,
                unit="requests",
                method="widths of 95 to 1,900 pixels; at most one request for each of five widths",
                counted=True,
            ),
            Row(
                key="cache",
                what="memory for pictures",
                most=32,
                unit="MB",
                method="bytes of all long byte strings in the process, after 20 changes of 2 MB pictures "
                "in three widths each",
                counted=True,
            ),
        ),
    ),
    Subject(
        module="plots",
        argument="viewers",
        waits=True,
        rows=(
            Row(
                key="plot-viewers",
                what="requests for a changed guide graph, with 20 viewers of its plot",
                most=1,
                unit="requests",
                method="*Guiding plot*, all viewers at once; highest of three changes",
                counted=True,
            ),
        ),
    ),
    Subject(
        module="plots",
        argument="drawing",
        runs=3,
        rows=(
            Row(
                key="plot-time",
                what="time to draw a plot of 1,600 pixels",
                most=150,
                unit="ms",
                method="processor time in its thread, for a guide graph of 400 steps, an autofocus with four "
                "curves, a night of 3,000 frames through 40 filters, or a sky with eight targets, "
                "whichever takes longest; lowest of five in each of three processes",
            ),
            Row(
                key="plot-memory",
                what="memory that it takes",
                most=8,
                unit="MB",
                method="growth of the most memory that a process had, which has drawn the same plots of 400 "
                "pixels before",
            ),
            Row(
                key="plot-size",
                what="size of its picture",
                most=200,
                unit="kB",
                method="the largest of the same plots, as PNG",
            ),
        ),
    ),
    Subject(
        module="danger",
        waits=True,
        rows=(
            Row(
                key="unsafe-push",
                what="time from unsafe in N.I.N.A. to *Safety* on, with an event",
                most=1,
                unit="s",
                method="the longest of five",
            ),
            Row(
                key="unsafe-polled",
                what="… without an event stream",
                most=10,
                unit="s",
                method="the longest of three: 0.2, 5, and 9.3 s after a poll; polls are 9 s apart",
            ),
            Row(
                key="unsafe-refused",
                what="time from refused connections to *Safety* on",
                most=3,
                unit="s",
                method="the longest of three, at the same moments",
            ),
            Row(
                key="unsafe-frozen",
                what="time from a frozen N.I.N.A. to *Safety* on",
                most=18,
                unit="s",
                method="the longest of three, at the same moments",
            ),
        ),
    ),
    Subject(
        module="roof",
        waits=True,
        rows=(
            Row(
                key="roof-error",
                what="time from a driver error of a closing roof to the notification",
                most=5,
                unit="s",
                method=_ROOF,
            ),
            Row(
                key="roof-unread",
                what="time from the last reading of a closing roof to the notification",
                most=45,
                unit="s",
                method=f"the longer time of a lost driver and a closed N.I.N.A.; {_ROOF}",
            ),
            Row(
                key="roof-silent",
                what="time until the notification if a roof does not close and reports no error",
                most=2,
                unit="× its usual travel time",
                method="the longer time of a roof that reports closing forever and one that stops halfway "
                f"and reports open, after it closed once; {_ROOF}",
            ),
        ),
    ),
    Subject(
        module="back",
        waits=True,
        rows=(
            Row(
                key="back",
                what="time from N.I.N.A. being back to all entities being available",
                most=15,
                unit="s",
                method="the longer time after outages of 30 and 150 s",
            ),
        ),
    ),
)

ROWS: Final = {row.key: row for subject in SUBJECTS for row in subject.rows}

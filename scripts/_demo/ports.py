"""Free network ports."""

import socket

SEARCHED = 200


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port of this machine and we could."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    return all(_can_bind(address, port) for address in ("127.0.0.1", "0.0.0.0"))


def _can_bind(address: str, port: int) -> bool:
    """Return whether a port can be bound at an address."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def next_free(wanted: int, taken: set[int]) -> int:
    """Return the wanted port or the next free one, and add it to those taken.

    Raises OSError where none of the next 200 is free.
    """
    for port in range(wanted, min(wanted + SEARCHED, 65536)):
        if port not in taken and is_free(port):
            taken.add(port)
            return port
    raise OSError(f"no free port from {wanted} on")

"""A server of PostgreSQL with its data in a folder, reached by a socket that nobody else may use."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import os
from pathlib import Path
import pwd
import shutil
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory, mkdtemp
from time import monotonic, sleep

from scripts._bootstrap.shell import BootstrapError, run
from scripts._demo.processes import GUARD

from .programs import find_programs

READY = "database system is ready to accept connections"
LAUNCHER = Path(__file__).with_name("unprivileged.py")
# Whom the server runs as where this runs as root, the first of them that exists.
USERS = ("postgres", "nobody")
OWNER = "homeassistant"
# The database that every cluster has.
DATABASE = "postgres"
START_LIMIT = 30.0
# What still has clients after so long is ended at once: the data is forgotten anyway.
STOP_LIMIT = 5.0


class Cluster:
    """The data of a server in a folder, made when it is prepared for the first time.

    The socket is in a temporary folder, since its path may have no more than a hundred letters.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        """Describe it; nothing is made yet."""
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._user = _unprivileged()
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """Return the address of the database, as the recorder of Home Assistant takes it."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={self._sockets}"

    @property
    def command(self) -> list[str]:
        """Return the command that runs the server until it gets SIGTERM and has no clients."""
        settings = {"listen_addresses": "", "unix_socket_directories": self._sockets, "jit": "off"}
        flags = [part for name, each in settings.items() for part in ("-c", f"{name}={each}")]
        return self._as_user("postgres", "-D", str(self._data), *flags)

    def prepare(self) -> None:
        """Make what is missing; raises BootstrapError where that fails."""
        self._sockets = Path(mkdtemp(prefix="nina-postgresql-"))
        self._give(self._sockets)
        if (self._data / "PG_VERSION").exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._give(self._folder)
        flags = ["--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={OWNER}"]
        run(self._as_user("initdb", "-D", str(self._data), *flags, "--no-sync"))

    def forget_socket(self) -> None:
        """Remove the folder of the socket."""
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        """Return a command that PostgreSQL does not refuse because of who runs it."""
        command = [str(self._programs / program), *arguments]
        if self._user is None:
            return command
        return [sys.executable, str(LAUNCHER), self._user.pw_name, *command]

    def _give(self, folder: Path) -> None:
        """Make the user of the server the owner of a folder, and let nobody else in."""
        folder.chmod(0o700)
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)


def _unprivileged() -> pwd.struct_passwd | None:
    """Return the user that runs the server, None for whoever runs this."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise BootstrapError(f"PostgreSQL does not run as root, and there is no user {USERS[-1]}.")


@contextmanager
def started() -> Iterator[str]:
    """Run a server whose data is forgotten in the end, and return the address of its database.

    It cannot outlive this program. Raises BootstrapError where it does not start.
    """
    with TemporaryDirectory(prefix="nina-postgresql-") as folder:
        # The user of the server has to get to its own folder in there.
        Path(folder).chmod(0o711)
        cluster = Cluster(find_programs(), Path(folder, "cluster"))
        log = Path(folder, "log")
        try:
            cluster.prepare()
            with log.open("wb") as written:
                program = subprocess.Popen(
                    [sys.executable, str(GUARD), *cluster.command, "-c", "fsync=off"],
                    stdin=subprocess.PIPE,
                    stdout=written,
                    stderr=written,
                    start_new_session=True,
                )
            try:
                _wait_until_ready(program, log)
                yield cluster.url
            finally:
                program.terminate()
                with suppress(subprocess.TimeoutExpired):
                    program.wait(STOP_LIMIT)
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)
                program.communicate()
        finally:
            cluster.forget_socket()


def _wait_until_ready(program: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server accepts connections; raises BootstrapError where it does not."""
    deadline = monotonic() + START_LIMIT
    while READY not in (text := log.read_text(encoding="utf-8", errors="replace")):
        if program.poll() is not None or monotonic() > deadline:
            raise BootstrapError(f"PostgreSQL did not start:\n{text}")
        sleep(0.02)

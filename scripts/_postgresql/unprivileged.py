"""Become a program that a user without rights runs: `python unprivileged.py USER PROGRAM …`.

PostgreSQL refuses to run as root.
"""

import os
import pwd
import sys


def main() -> None:
    """Give up all rights and become the program."""
    user = pwd.getpwnam(sys.argv[1])
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.chdir("/")
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()

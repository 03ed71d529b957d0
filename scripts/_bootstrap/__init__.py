"""Prepare the project on a machine that has nothing but some Python 3.

Runs on the Python that the machine happens to have (3.9 or newer) and uses nothing
outside its standard library. What it makes stays inside the checkout:

    .cache/tools    uv, and patchelf where a private Python needs it
    .cache/python   a private Python 3.14 from Debian packages, where nothing better is found
    .venv           the locked environment
    .venv-floor     the same with the oldest supported Home Assistant (on request)

Every step is skipped when its result is already there, so a second run takes a moment,
and every result is marked only once it is complete, so a broken run is simply repeated.
"""

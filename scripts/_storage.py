"""What a Home Assistant that does not run yet is to find in its folder `.storage`."""

import json
from pathlib import Path
from typing import Any


def write_store(folder: Path, key: str, version: int, data: dict[str, Any]) -> None:
    """Write a file of Home Assistant's storage."""
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (folder / key).write_text(json.dumps(content, indent=2), encoding="utf-8")


def write_http(folder: Path, port: int, address: str) -> None:
    """Write the settings of the web server.

    In configuration.yaml they would be taken back after five minutes, unless confirmed.
    """
    stable = {
        "server_port": port,
        "server_host": [address],
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    data = {"stable": stable, "pending": None, "yaml_migration_done": True}
    write_store(folder, "http", 3, data)

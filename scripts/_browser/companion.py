"""What the Home Assistant app does on a phone: it registers, and is told of notifications."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from scripts._demo.errors import DemoError
from scripts._demo.session import Session

# Without Google or Apple: the app is open, and connected to Home Assistant.
REGISTRATION = {
    "app_data": {"push_websocket_channel": True},
    "app_id": "io.homeassistant.companion.android",
    "app_name": "Home Assistant",
    "app_version": "2026.11.1",
    "device_id": "phone",
    "manufacturer": "Google",
    "model": "Pixel 9",
    "os_name": "Android",
    "os_version": "16",
    "supports_encryption": False,
}


@asynccontextmanager
async def notified(session: Session, name: str) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """Register a phone, and keep the notifications that it gets."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    path = "/api/mobile_app/registrations"
    registered = await session.post(path, {**REGISTRATION, "device_name": name})
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{session.url}/api/websocket") as connection,
    ):
        await connection.receive_json()
        await connection.send_json({"type": "auth", "access_token": session.token})
        await connection.receive_json()
        command = {"id": 1, "type": "mobile_app/push_notification_channel"}
        await connection.send_json({**command, "webhook_id": registered["webhook_id"]})
        answer = await connection.receive_json()
        if not answer["success"]:
            raise DemoError(f"The phone is not connected: {answer['error']['message']}")

        async def listen() -> None:
            async for message in connection:
                await told.put(message.json()["event"])

        listening = asyncio.create_task(listen())
        try:
            yield told
        finally:
            listening.cancel()

"""A session with Home Assistant over its own REST and websocket interfaces."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp

from .errors import DemoError
from .target import DOMAIN

REQUEST_LIMIT = aiohttp.ClientTimeout(total=30)
# Actions return when the equipment has done what they ask for.
ACTION_LIMIT = aiohttp.ClientTimeout(total=400)


class Session:
    """Asks Home Assistant things as a signed-in user."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Keep the address and the token."""
        self.url = url
        self.token = token
        self._http = http

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str = "") -> AsyncIterator[Self]:
        """Open a session; without a token only what needs no user works."""
        async with aiohttp.ClientSession(timeout=REQUEST_LIMIT) as http:
            yield cls(http, url, token)

    async def is_up(self) -> bool:
        """Return whether Home Assistant answers at all."""
        try:
            async with self._http.get(f"{self.url}/manifest.json") as answer:
                return answer.status == 200
        except aiohttp.ClientError, TimeoutError:
            return False

    async def token_works(self) -> bool:
        """Return whether the token is accepted."""
        async with self._http.get(f"{self.url}/api/", headers=self._headers()) as answer:
            return answer.status == 200

    async def request(
        self, method: str, path: str, json: Any = None, form: Any = None
    ) -> dict[str, Any]:
        """Send a request and return the answer; DemoError when it is refused."""
        async with self._http.request(
            method, f"{self.url}{path}", json=json, data=form, headers=self._headers()
        ) as answer:
            if answer.status >= 400:
                text = (await answer.text())[:300]
                raise DemoError(f"Home Assistant returned {answer.status} for {path}: {text}")
            answered: dict[str, Any] = await answer.json()
            return answered

    async def post(self, path: str, json: Any = None, form: Any = None) -> dict[str, Any]:
        """Post JSON or a form and return the answer."""
        return await self.request("POST", path, json, form)

    async def act(self, action: str, entity_id: str) -> None:
        """Run an action such as `cover.open_cover` on an entity and wait until it has returned.

        Raises DemoError when it fails.
        """
        path = f"/api/services/{action.replace('.', '/')}"
        async with self._http.post(
            f"{self.url}{path}",
            json={"entity_id": entity_id},
            headers=self._headers(),
            timeout=ACTION_LIMIT,
        ) as answer:
            if answer.status >= 400:
                raise DemoError(f"{action} failed: {(await answer.text())[:300]}")

    async def answer(self, action: str, **data: Any) -> dict[str, Any]:
        """Run an action of the integration and return its response; DemoError when it fails."""
        answered = await self.ask(
            "call_service", domain=DOMAIN, service=action, service_data=data, return_response=True
        )
        response: dict[str, Any] = answered["response"]
        return response

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states by entity id."""
        async with self._http.get(f"{self.url}/api/states", headers=self._headers()) as answer:
            answer.raise_for_status()
            return {state["entity_id"]: state for state in await answer.json()}

    async def ask(self, command: str, **parameters: Any) -> Any:
        """Send one websocket command and return its result; DemoError when it is refused."""
        async with asyncio.timeout(30), self._http.ws_connect(f"{self.url}/api/websocket") as ws:
            await ws.receive_json()
            await ws.send_json({"type": "auth", "access_token": self.token})
            signed_in = await ws.receive_json()
            if signed_in["type"] != "auth_ok":
                raise DemoError(f"Home Assistant did not accept the token: {signed_in}")
            await ws.send_json({"id": 1, "type": command, **parameters})
            answer = await ws.receive_json()
        if not answer["success"]:
            raise DemoError(f"Home Assistant refused {command}: {answer['error']['message']}")
        return answer["result"]

    def _headers(self) -> dict[str, str]:
        """Return the header that says who asks."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

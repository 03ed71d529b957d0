"""Creating the user, and signing in."""

from .errors import DemoError
from .session import Session
from .target import PASSWORD, USER, Store


async def sign_in(session: Session, store: Store, language: str = "en") -> None:
    """Give the session a token that lasts, creating the user at the first start."""
    session.token = store.read().get("token", "")
    if session.token and await session.token_works():
        return
    session.token = ""
    code = await _create_user(session, language) or await _log_in(session)
    form = {"grant_type": "authorization_code", "code": code, "client_id": _client(session)}
    session.token = (await session.post("/auth/token", form=form))["access_token"]
    session.token = await session.ask(
        "auth/long_lived_access_token", client_name="scripts/demo", lifespan=365
    )
    store.remember(token=session.token)


def _client(session: Session) -> str:
    """Return the name under which we sign in."""
    return f"{session.url}/"


async def _create_user(session: Session, language: str) -> str | None:
    """Create the owner and return a code for a token, None when there is one already."""
    user = {"name": "Observer", "username": USER, "password": PASSWORD, "language": language}
    try:
        answer = await session.post(
            "/api/onboarding/users", {**user, "client_id": _client(session)}
        )
    except DemoError:
        # Refused, or no longer there at all, once an owner exists.
        return None
    return str(answer["auth_code"])


async def _log_in(session: Session) -> str:
    """Sign in with name and password and return a code for a token."""
    client = _client(session)
    flow = await session.post(
        "/auth/login_flow",
        {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client},
    )
    answer = await session.post(
        f"/auth/login_flow/{flow['flow_id']}",
        {"client_id": client, "username": USER, "password": PASSWORD},
    )
    if answer["type"] != "create_entry":
        raise DemoError(
            f"Signing in as {USER!r} with the password {PASSWORD!r} failed. "
            "Change them back, or start with --fresh."
        )
    return str(answer["result"])

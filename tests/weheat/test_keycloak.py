"""The log-in: passwords, codes, refreshes, and what its refusals mean."""

import asyncio
import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from custom_components.sunbridge.vendors.weheat import keycloak as module
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatConnectionError,
    WeheatCredentialsError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatRateLimitError,
    WeheatResponseError,
    WeheatServerError,
    WeheatSessionError,
)
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak, KeycloakTokens
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from simulators.clock import Clock
from simulators.weheat import Cloud

from .conftest import PASSWORD, USER_AGENT, USERNAME, needs_payloads, payload

LOG_IN = "openid-connect"


def answering(
    status: int, body: bytes = b"", seen: list[httpx.Request] | None = None
) -> Keycloak:
    """Return a log-in that answers always the same."""

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, content=body)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Keycloak(client, user_agent=USER_AGENT)


async def test_password(keycloak: Keycloak, cloud: Cloud, clock: Clock) -> None:
    """A password gives tokens for 5 minutes, and for ever by refreshes."""
    tokens = await keycloak.password(USERNAME, PASSWORD)
    assert tokens.expires_at_s == pytest.approx(clock.time() + 300, abs=5)
    assert tokens.is_fresh(clock.time())
    assert not tokens.is_fresh(clock.time() + 241)
    form = dict(parse_qsl(cloud.requests[-1].body))
    assert form["client_id"] == "WeheatCommunityAPI"
    assert form["scope"] == "openid offline_access"
    assert "client_secret" not in form
    assert Tokens.from_dict(tokens.as_dict()) == tokens
    assert tokens.access not in repr(tokens)
    assert str(tokens.refresh) not in repr(tokens)
    for user, password in ((USERNAME, "marked-wrong"), ("x", PASSWORD), ("", "\ud800")):
        with pytest.raises(WeheatCredentialsError) as caught:
            await keycloak.password(user, password)
        assert "marked" not in str(caught.value)


async def test_client(cloud: Cloud, client: httpx.AsyncClient) -> None:
    """The client may be another one, with a secret; a wrong one isn't the user's."""
    url = f"{cloud.auth_url}/token"
    for secret, good in (("marked-weheat-client-secret", True), ("x", False)):
        keycloak = Keycloak(
            client,
            url,
            client_id="HomeAssistantAPI",
            client_secret=secret,
            user_agent=USER_AGENT,
        )
        if good:
            tokens = await keycloak.password(USERNAME, PASSWORD)
            await keycloak.refresh(str(tokens.refresh))
            continue
        with pytest.raises(WeheatNotAllowedError):
            await keycloak.password(USERNAME, PASSWORD)
    browsers = Keycloak(
        client, url, client_id="weheat-third-party-debugger", user_agent=USER_AGENT
    )
    with pytest.raises(WeheatNotAllowedError):
        await browsers.password(USERNAME, PASSWORD)


async def test_refresh(keycloak: Keycloak, cloud: Cloud) -> None:
    """The new refresh token counts, or the old one where none comes."""
    first = await keycloak.password(USERNAME, PASSWORD)
    second = await keycloak.refresh(str(first.refresh))
    assert second.refresh != first.refresh
    with pytest.raises(WeheatSessionError):
        await keycloak.refresh(str(first.refresh))
    cloud.keycloak.rotation = "absent"
    third = await keycloak.refresh(str(second.refresh))
    assert third.refresh == second.refresh
    assert third.access != second.access
    cloud.revoke_sessions()
    with pytest.raises(WeheatSessionError):
        await keycloak.refresh(str(third.refresh))


async def test_code(keycloak: Keycloak, cloud: Cloud) -> None:
    """A browser's code is good once, and only with its verifier."""
    verifier = "marked-verifier-" + "x" * 40
    digest = hashlib.sha256(verifier.encode()).digest()
    back = "http://localhost/back"
    asked = {
        "response_type": "code",
        "client_id": "WeheatCommunityAPI",
        "redirect_uri": back,
        "scope": "openid offline_access",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }

    async def sign_in() -> str:
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(f"{cloud.auth_url}/auth/", params=asked)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    code = await sign_in()
    tokens = await keycloak.code(code, verifier, back)
    assert tokens.refresh is not None
    with pytest.raises(WeheatSessionError):
        await keycloak.code(code, verifier, back)
    with pytest.raises(WeheatSessionError):
        await keycloak.code(await sign_in(), "marked-wrong", back)


@needs_payloads
async def test_errors_of_the_reference() -> None:
    """What Keycloak says is about the password, the session or the client."""
    by_error: dict[str, type[WeheatError]] = {
        "invalid_grant": WeheatSessionError,
        "unauthorized_client": WeheatNotAllowedError,
        "invalid_scope": WeheatNotAllowedError,
    }
    for item in payload("schema_token_errors_keycloak.json"):
        body = httpx.Response(200, json=item["body"]).content
        keycloak = answering(item["status"], body)
        meant = by_error[item["body"]["error"]]
        with pytest.raises(meant):
            await keycloak.refresh("marked-refresh")
        if meant is WeheatSessionError:
            meant = WeheatCredentialsError
        with pytest.raises(meant):
            await keycloak.password(USERNAME, PASSWORD)


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (500, b"<p>Session not active</p>", WeheatSessionError),
        (401, b"", WeheatSessionError),
        (403, b'{"error": "access_denied"}', WeheatSessionError),
        (403, b"<html>nginx</html>", WeheatNotAllowedError),
        (400, b"<html>nginx</html>", WeheatResponseError),
        (404, b'{"error": "Realm does not exist"}', WeheatResponseError),
        (429, b"", WeheatRateLimitError),
        (503, b"", WeheatServerError),
        (302, b"", WeheatResponseError),
        (200, b"", WeheatResponseError),
        (200, b"[]", WeheatResponseError),
        (200, b"\xff", WeheatResponseError),
        (200, b"{}", WeheatResponseError),
        (200, b'{"access_token": 1}', WeheatResponseError),
        (200, b'{"access_token": "a\\nb"}', WeheatResponseError),
        (200, '{"access_token": "ä"}'.encode(), WeheatResponseError),
    ],
)
async def test_refused_refresh(
    status: int, body: bytes, meant: type[WeheatError]
) -> None:
    """Only what the log-in says of the session ends it."""
    with pytest.raises(meant) as caught:
        await answering(status, body).refresh("marked-refresh")
    assert type(caught.value) is meant
    assert "marked" not in str(caught.value)


@pytest.mark.parametrize(
    ("lasts", "seconds"), [("300", 300), ('"60"', 60), ("null", 300), ("true", 300)]
)
async def test_odd_answers(lasts: str, seconds: float) -> None:
    """A life that isn't told is the usual one, an odd refresh token is none."""
    body = f'{{"access_token": "a", "refresh_token": 5, "expires_in": {lasts}}}'
    keycloak = answering(200, body.encode())
    keycloak._now_s = lambda: 1000.0
    assert await keycloak.refresh("kept") == Tokens("a", "kept", 1000 + seconds)
    assert await keycloak.password("", "") == Tokens("a", None, 1000 + seconds)


async def test_waits_as_long_as_we_want() -> None:
    """The client's own waits, which may be shorter, don't count."""
    seen: list[httpx.Request] = []
    keycloak = answering(503, seen=seen)
    with pytest.raises(WeheatServerError):
        await keycloak.refresh("marked-refresh")
    assert set(seen[0].extensions["timeout"].values()) == {None}


async def test_unreachable(
    keycloak: Keycloak, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log-in that doesn't answer ends no session."""
    monkeypatch.setattr(module, "REQUEST_TIMEOUT_S", 0.2)
    faults = cloud.faults
    faults.only_paths = LOG_IN
    faults.drop = True
    with pytest.raises(WeheatConnectionError):
        await keycloak.refresh("marked")
    faults.drop, faults.hang = False, True
    with pytest.raises(WeheatConnectionError):
        await keycloak.refresh("marked")
    faults.hang = False
    await cloud.stop()
    with pytest.raises(WeheatConnectionError):
        await keycloak.refresh("marked")
    keycloak._url = f"http://{70_000 * 'x'}"
    with pytest.raises(WeheatConnectionError):
        await keycloak.refresh("marked")


async def test_source(source: KeycloakTokens, cloud: Cloud, clock: Clock) -> None:
    """Tokens are renewed before their end, and stored at once."""
    kept: list[tuple[Tokens, Tokens]] = []
    source._on_tokens = lambda old, new: kept.append((old, new))
    begun = source.tokens
    first = await source.access_token()
    assert await source.access_token() == first
    clock.advance(241)
    second = await source.access_token()
    assert second != first
    assert kept == [(begun, source.tokens)]
    # Who was refused with the old one needs no other than the new one.
    assert await source.access_token(refused=first) == second
    assert await source.access_token(refused=second) != second
    assert cloud.keycloak.refreshes == 2


async def test_source_is_shared(
    source: KeycloakTokens,
    stored: list[Tokens],
    cloud: Cloud,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All who ask wait for one renewal, which goes on when they don't."""
    gate = asyncio.Event()
    real = Keycloak.refresh

    async def slow(self: Keycloak, refresh_token: str) -> Tokens:
        await gate.wait()
        return await real(self, refresh_token)

    monkeypatch.setattr(Keycloak, "refresh", slow)
    clock.advance(300)
    old = source.tokens.access
    first, *others = [
        asyncio.create_task(source.access_token(refused))
        for refused in (None, old, None)
    ]
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.set()
    assert await asyncio.gather(*others) == 2 * [source.tokens.access]
    assert (cloud.keycloak.refreshes, len(stored)) == (1, 1)
    # What fails does so for all, and is tried again.
    cloud.faults.status, cloud.faults.only_paths = 503, LOG_IN
    clock.advance(300)
    asked = len(cloud.requests)
    failed = await asyncio.gather(
        *(source.access_token() for _ in range(3)), return_exceptions=True
    )
    assert [type(err) for err in failed] == 3 * [WeheatServerError]
    assert len(cloud.requests) == asked + 1
    cloud.faults.status = None
    assert await source.access_token() == source.tokens.access
    assert (cloud.keycloak.refreshes, len(stored)) == (2, 2)


async def test_source_ends(
    source: KeycloakTokens, stored: list[Tokens], cloud: Cloud, clock: Clock
) -> None:
    """A session that is over is asked for once; what else goes wrong isn't its end."""
    clock.advance(300)
    cloud.faults.status, cloud.faults.only_paths = 503, LOG_IN
    with pytest.raises(WeheatServerError):
        await source.access_token()
    cloud.faults.status = None
    await source.access_token()
    cloud.revoke_sessions()
    clock.advance(300)
    asked = len(cloud.requests)
    for _ in range(3):
        with pytest.raises(WeheatSessionError):
            await source.access_token()
    assert len(cloud.requests) == asked + 1
    assert len(stored) == 1
    short: Any = KeycloakTokens(source.keycloak, Tokens("a", None, 0.0))
    with pytest.raises(WeheatSessionError):
        await short.access_token()

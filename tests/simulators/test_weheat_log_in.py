"""The simulated log-in does as the reference says of the vendor's Keycloak."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from simulators.weheat import Cloud

from .test_weheat_pump import DAY, payload
from .weheat_client import (
    COMMUNITY,
    clock,
    cloud,
    get,
    log_in,
    post,
    pump,
    refresh,
    same_shape,
    session,
)

__all__ = ["clock", "cloud", "pump", "session"]

SECRET = "marked-weheat-client-secret"


async def test_log_in(cloud: Cloud) -> None:
    """Passwords give tokens, with the vendor's lives; errors are Keycloak's."""
    errors = [
        (item["status"], item["body"])
        for item in payload("schema_token_errors_keycloak.json")
    ]
    wrong_password, inactive, expired, no_session, wrong_client, wrong_scope = errors
    async with aiohttp.ClientSession() as session:
        assert await log_in(cloud, session, password="marked-wrong") == wrong_password
        assert await log_in(cloud, session, client_id="nobody") == wrong_client
        with_secret = "HomeAssistantAPI"
        assert await log_in(cloud, session, client_id=with_secret) == wrong_client
        assert await log_in(cloud, session, scope="openid x") == wrong_scope
        code, _ = await log_in(
            cloud, session, client_id=with_secret, client_secret=SECRET
        )
        assert code == 200
        _, offline = await log_in(cloud, session)
        schema = payload("schema_token_response_offline.json")
        same_shape(offline, schema)
        for key in ("expires_in", "refresh_expires_in", "token_type", "scope"):
            assert offline[key] == schema[key]
        _, online = await log_in(cloud, session, scope="openid")
        real = payload("real_token_response_2024-05_redacted.json")
        same_shape(online, real)
        for key in ("expires_in", "refresh_expires_in", "token_type", "scope"):
            assert online[key] == real[key]
        other_realm = cloud.auth_url.replace("Weheat", "weheat")
        async with session.post(f"{other_realm}/token", data={}) as response:
            assert response.status == 404
        short = cloud.auth_url.replace("/auth/realms", "/realms")
        async with session.post(f"{short}/token/", data={}) as response:
            assert response.status == 401
        cloud.clock.advance(29 * DAY)
        _, offline = await refresh(cloud, session, offline["refresh_token"])
        cloud.clock.advance(2 * DAY)
        assert await refresh(cloud, session, online["refresh_token"]) == expired
        assert (await refresh(cloud, session, offline["refresh_token"]))[0] == 200
        _, offline = await log_in(cloud, session)
        _, online = await log_in(cloud, session, scope="openid")
        token = online["access_token"]
        cloud.revoke_sessions()
        assert await refresh(cloud, session, online["refresh_token"]) == inactive
        assert await refresh(cloud, session, offline["refresh_token"]) == no_session
        assert (await get(cloud, session, "/users/me", token))[0] == 200


async def test_refresh_rotates(cloud: Cloud) -> None:
    """A refresh replaces the refresh token, and the old one is worth nothing."""
    async with aiohttp.ClientSession() as session:
        _, one = await log_in(cloud, session)
        _, two = await refresh(cloud, session, one["refresh_token"])
        assert one["refresh_token"] != two["refresh_token"]
        code, body = await refresh(cloud, session, one["refresh_token"])
        assert (code, body["error"]) == (400, "invalid_grant")
        assert "reuse" in body["error_description"]
        cloud.keycloak.reuse = True
        assert (await refresh(cloud, session, one["refresh_token"]))[0] == 200
        cloud.keycloak.rotation = "same"
        _, three = await refresh(cloud, session, two["refresh_token"])
        assert three["refresh_token"] == two["refresh_token"]
        cloud.keycloak.rotation = "absent"
        _, four = await refresh(cloud, session, two["refresh_token"])
        assert "refresh_token" not in four
        code, body = await refresh(cloud, session, "marked-nonsense")
        assert (code, body["error"]) == (400, "invalid_grant")
        form = {"client_id": COMMUNITY, "refresh_token": two["refresh_token"]}
        async with session.post(f"{cloud.auth_url}/logout", data=form) as response:
            assert response.status == 204
        assert (await refresh(cloud, session, two["refresh_token"]))[0] == 400
        token = four["access_token"]
        assert (await get(cloud, session, "/users/me", token))[0] == 200


async def test_code_grant(cloud: Cloud) -> None:
    """The browser comes back at once with a code, that works once, with PKCE."""
    verifier = "marked-verifier-" + "x" * 40
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": COMMUNITY,
        "redirect_uri": "http://localhost/back?a=1",
        "state": "marked-state",
        "scope": "openid offline_access",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    async with aiohttp.ClientSession() as session:

        async def sign_in() -> dict[str, str]:
            url = f"{cloud.auth_url}/auth/"
            async with session.get(url, params=asked, allow_redirects=False) as answer:
                assert answer.status == 302
                location = answer.headers["Location"]
            assert location.startswith(asked["redirect_uri"])
            return dict(parse_qsl(urlsplit(location).query))

        async def exchange(code: str, **changes: str) -> tuple[int, Any]:
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": asked["redirect_uri"],
                "code_verifier": verifier,
            }
            return await post(cloud, session, **(form | changes))

        back = await sign_in()
        assert back["state"] == "marked-state"
        code, tokens = await exchange(back["code"])
        assert (code, tokens["refresh_expires_in"]) == (200, 0)
        token = tokens["access_token"]
        _, me = await get(cloud, session, "/users/me", token)
        assert me["id"] == cloud.accounts[0].id
        code, body = await exchange(back["code"])
        assert (code, body["error_description"]) == (400, "Code not valid")
        wrong: dict[str, str]
        for wrong in (
            {"code_verifier": "marked-wrong"},
            {"code_verifier": ""},
            {"redirect_uri": "http://localhost/other"},
        ):
            code, body = await exchange((await sign_in())["code"], **wrong)
            assert (code, body["error"]) == (400, "invalid_grant")
        late = (await sign_in())["code"]
        cloud.clock.advance(61)
        assert (await exchange(late))[0] == 400
        cloud.keycloak.browser = "deny"
        back = await sign_in()
        assert (back["error"], back["state"]) == ("access_denied", "marked-state")
        cloud.keycloak.browser = "redirect"
        cloud.keycloak.browser_user = "other@example.invalid"
        _, tokens = await exchange((await sign_in())["code"])
        token = tokens["access_token"]
        _, me = await get(cloud, session, "/users/me", token)
        assert me["email"] == "other@example.invalid"
        asked["client_id"] = debugger = "weheat-third-party-debugger"
        code_of = (await sign_in())["code"]
        _, tokens = await exchange(code_of, client_id=debugger)
        token = tokens["access_token"]
        assert (await get(cloud, session, "/users/me", token))[0] == 403
        url = f"{cloud.auth_url}/auth"
        async with session.get(url, params={"client_id": "nobody"}) as answer:
            assert answer.status == 400

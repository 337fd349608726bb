"""Weheat's log-in, a Keycloak realm: its token endpoint (reference 1)."""

import asyncio
from collections.abc import Callable
import time
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import orjson

from ..fetch import TooLargeError, fetch
from ..lenient import number
from .errors import (
    WeheatConnectionError,
    WeheatCredentialsError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatRateLimitError,
    WeheatResponseError,
    WeheatServerError,
    WeheatSessionError,
)
from .tokens import Tokens

# Newer Keycloaks have no /auth prefix; here both are served (reference 1.1).
AUTH_URL: Final = "https://auth.weheat.nl/auth/realms/Weheat/protocol/openid-connect"
TOKEN_URL: Final = f"{AUTH_URL}/token"
# The vendor made it for the community; it has no secret (seed, reference 1.2).
CLIENT_ID: Final = "WeheatCommunityAPI"
SCOPE: Final = "openid offline_access"
# Longer than Home Assistant's client would wait by itself: an answer that nobody waits
# for takes the refresh token with it.
REQUEST_TIMEOUT_S: Final = 20.0
# Tokens of large companies have some kB.
_MOST_BYTES: Final = 1_000_000
DEFAULT_TOKEN_S: Final = 300.0
# The log-in was never seen to say how long; it's the API's wait (reference 2.5).
RATE_LIMIT_WAIT_S: Final = 900.0

# What a client may not do, whoever the user is.
_CLIENT_ERRORS: Final = frozenset(
    {"invalid_client", "invalid_scope", "unauthorized_client", "unsupported_grant_type"}
)
_OVER: Final = b"Session not active"

# Called with what was renewed and what came of it.
type OnTokens = Callable[[Tokens, Tokens], None]


class Keycloak:
    """Gives tokens for a password, a code or a refresh token."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str = TOKEN_URL,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str | None = None,
        user_agent: str,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Use a client that stays the caller's; ``url`` is the token endpoint.

        ``now_s`` gives epoch seconds.
        """
        self._client = client
        self._url = url
        self._form = {"client_id": client_id}
        if client_secret:
            self._form["client_secret"] = client_secret
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._now_s = now_s

    async def password(self, username: str, password: str) -> Tokens:
        """Log in. Raises ``WeheatCredentialsError`` and other ``WeheatError``."""
        return await self._tokens(
            {
                "grant_type": "password",
                "username": username,
                "password": password,
                "scope": SCOPE,
            },
            WeheatCredentialsError("user or password is wrong"),
        )

    async def refresh(self, refresh_token: str) -> Tokens:
        """Renew; the answer's refresh token takes the place of this one.

        Where none comes back this one goes on. Raises ``WeheatSessionError`` when it's
        worth nothing any more, and other ``WeheatError``.
        """
        # Without a scope the new token has that of the log-in.
        return await self._tokens(
            {"grant_type": "refresh_token", "refresh_token": refresh_token},
            WeheatSessionError("the session is over"),
            refresh_token,
        )

    async def code(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Log in with what a browser came back with (PKCE).

        Raises ``WeheatSessionError`` when the code is used up, too old or another's,
        and other ``WeheatError``.
        """
        return await self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_uri,
            },
            WeheatSessionError("the code isn't valid"),
        )

    async def _tokens(
        self, form: dict[str, str], refused: WeheatError, kept: str | None = None
    ) -> Tokens:
        # By hand: what isn't text (half a surrogate pair) would raise in the client.
        content = urlencode(self._form | form, errors="replace").encode()
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                response = await fetch(
                    self._client,
                    "POST",
                    self._url,
                    headers=self._headers,
                    content=content,
                    most_bytes=_MOST_BYTES,
                )
        except TooLargeError:
            raise WeheatResponseError("the answer is too large") from None
        except TimeoutError, httpx.TimeoutException:
            raise WeheatConnectionError("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            raise WeheatConnectionError(type(err).__name__) from None
        body = _json_object(response.content)
        if not response.is_success:
            raise _error(response.status_code, response.content, body, refused)
        if body is None:
            raise WeheatResponseError("the answer has no tokens")
        return _read(body, kept, self._now_s())


class KeycloakTokens:
    """The tokens of an account that is logged in; implements ``TokenSource``.

    The server takes a refresh token as used up by the time that it's asked. So there's
    one renewal at a time, for all who wait, which nobody who waits can break off; and
    ``on_tokens`` is called at once with the pair that was renewed and the new one.

    ``keycloak`` may be replaced by another for the same tokens. ``is_over`` is whether
    the refresh token was refused.
    """

    def __init__(
        self,
        keycloak: Keycloak,
        tokens: Tokens,
        on_tokens: OnTokens = lambda _, __: None,
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Go on with tokens that a log-in gave; ``now_s`` gives epoch seconds."""
        self.tokens = tokens
        self.keycloak = keycloak
        self.is_over = False
        self._on_tokens = on_tokens
        self._now_s = now_s
        self._renewal: asyncio.Task[str] | None = None

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that should be valid, and isn't the one that was refused.

        Raises ``WeheatSessionError`` when the user has to log in again; a refresh token
        that was refused isn't sent again.
        """
        tokens = self.tokens
        if tokens.access != refused and tokens.is_fresh(self._now_s()):
            return tokens.access
        if self.is_over or tokens.refresh is None:
            raise WeheatSessionError("the session is over")
        renewal = self._renewal
        if renewal is None or renewal.done():
            renewal = asyncio.create_task(self._renew(tokens, tokens.refresh))
            renewal.add_done_callback(_retrieved)
            self._renewal = renewal
        await asyncio.wait({renewal})
        return renewal.result()

    async def _renew(self, tokens: Tokens, refresh_token: str) -> str:
        try:
            self.tokens = await self.keycloak.refresh(refresh_token)
        except WeheatSessionError:
            self.is_over = True
            raise
        self._on_tokens(tokens, self.tokens)
        return self.tokens.access


def _retrieved(task: asyncio.Task[str]) -> None:
    """Take an exception that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _error(
    status: int, content: bytes, body: dict[str, Any] | None, refused: WeheatError
) -> WeheatError:
    """Tell what a refusal means (reference 1.5)."""
    if status == 429:
        return WeheatRateLimitError(RATE_LIMIT_WAIT_S)
    # Others saw this text, and not always with the same status.
    if isinstance(refused, WeheatSessionError) and _OVER in content:
        return refused
    if status >= 500:
        return WeheatServerError(f"status {status}")
    error = body.get("error") if body is not None else None
    if isinstance(error, str) and error in _CLIENT_ERRORS:
        return WeheatNotAllowedError("the log-in doesn't allow it to this client")
    match status:
        case 403 if error is None:
            # Some proxy's, and no word of the log-in about the user.
            return WeheatNotAllowedError("the log-in isn't allowed")
        case 400 if error is None:
            return WeheatResponseError("status 400")
        case 400 | 401 | 403:
            return refused
    return WeheatResponseError(f"status {status}")


def _read(body: dict[str, Any], kept: str | None, now_s: float) -> Tokens:
    access, refresh = (
        value if isinstance(value, str) and _is_token(value) else None
        for value in (body.get("access_token"), body.get("refresh_token"))
    )
    if access is None:
        raise WeheatResponseError("the answer has no tokens")
    try:
        lasts_s = number(body.get("expires_in"))
    except ValueError:
        lasts_s = DEFAULT_TOKEN_S
    return Tokens(access, refresh or kept, now_s + lasts_s)


def _is_token(value: str) -> bool:
    """Tell whether a text can be in a header."""
    return bool(value) and value.isascii() and value.isprintable()

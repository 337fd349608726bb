"""The vendor's log-in: a Keycloak realm with its grants, sessions and errors."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import hashlib
import itertools
import json as jsonlib
from typing import Any, Literal
import uuid

from aiohttp import web

from simulators.clock import Clock

from . import pages
from .pump import HeatPump
from .wire import json

REALM = "Weheat"
COMMUNITY = "WeheatCommunityAPI"
HOME_ASSISTANT = "HomeAssistantAPI"
DEBUGGER = "weheat-third-party-debugger"
REFRESH_S = 30 * 86400.0
CODE_S = 60.0
_SECRET = "marked-signature"
_SCOPES = {"openid", "profile", "email", "offline_access"}

_PASSWORD, _REFRESH, _CODE = "password", "refresh_token", "authorization_code"


@dataclass(frozen=True)
class Client:
    """A client of the realm; ``data`` is whether the API answers it at all."""

    name: str
    secret: str | None = None
    grants: frozenset[str] = frozenset({_PASSWORD, _REFRESH, _CODE})
    data: bool = True


class Account:
    """A user and the heat pumps that the user sees.

    ``role`` is the vendor's number: 7 is a consumer. ``staff`` gets the keys that
    owners don't.
    """

    def __init__(
        self,
        username: str,
        password: str,
        *,
        pumps: Iterable[HeatPump] = (),
        user_id: int = 1,
        role: int = 7,
        staff: bool = False,
        language: str | None = "NL",
    ) -> None:
        """``username`` is an e-mail address, which is no secret here."""
        self.username = username
        self.password = password
        self.pumps = list(pumps)
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"simulators/weheat/{user_id}"))
        self.role = role
        self.staff = staff
        self.language = language

    def pump(self, pump_id: str) -> HeatPump | None:
        """Return one of the heat pumps."""
        return next((pump for pump in self.pumps if pump.id == pump_id), None)


@dataclass
class Session:
    """What a log-in began."""

    account: Account
    client: Client
    scope: list[str]
    used_s: float
    active: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def offline(self) -> bool:
        """Whether it goes on without an end."""
        return "offline_access" in self.scope


@dataclass(frozen=True)
class _Code:
    session: Session
    redirect_uri: str
    challenge: str | None
    end_s: float


class Keycloak:
    """The realm: gives tokens, and knows which are good.

    ``rotation``: what a refresh does with the refresh token: a new one, the same, or
    none in the answer. ``reuse``: whether one that was replaced still works; the
    vendor's setting isn't known. ``browser``: what the page of the log-in does with a
    browser. It sends it back at once, signed in as ``browser_user``, or as the first
    account, or denied; or it's a page to be filled in, with a question for consent
    after it or without.
    """

    def __init__(
        self, accounts: Iterable[Account], clock: Clock, token_s: float
    ) -> None:
        """``token_s``: how long an access token is good."""
        self.accounts = list(accounts)
        self.token_s = token_s
        self.clients = {
            client.name: client
            for client in (
                Client(COMMUNITY),
                Client(HOME_ASSISTANT, secret="marked-weheat-client-secret"),
                Client(DEBUGGER, grants=frozenset({_CODE, _REFRESH}), data=False),
            )
        }
        self.rotation: Literal["new", "same", "absent"] = "new"
        self.reuse = False
        self.browser: Literal["redirect", "deny", "page", "consent"] = "redirect"
        self.browser_user: str | None = None
        # An offline session that nobody uses ends; Keycloak's own default.
        self.offline_idle_s = 30 * 86400.0
        self.logins = 0
        self.refreshes = 0
        self._clock = clock
        self._numbers = itertools.count(1)
        self._access: dict[str, tuple[Session, float]] = {}
        self._refresh: dict[str, tuple[Session, float | None]] = {}
        self._replaced: set[str] = set()
        self._codes: dict[str, _Code] = {}
        self._tabs: dict[str, pages.Tab] = {}

    def expire(self) -> None:
        """Let all access tokens run out."""
        now_s = self._clock.time()
        self._access = {
            token: (session, min(end_s, now_s))
            for token, (session, end_s) in self._access.items()
        }

    def revoke_sessions(self) -> None:
        """End all sessions, as a user can; access tokens stay good until their end."""
        for session, _ in self._refresh.values():
            session.active = False

    def session_of(self, header: str, skew_s: float) -> Session | str:
        """Return the session of an Authorization header, or what to say against it."""
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or not token:
            return "Bearer"
        if token not in self._access:
            return 'Bearer error="invalid_token"'
        session, end_s = self._access[token]
        if self._clock.time() >= end_s - skew_s:
            end = datetime.fromtimestamp(end_s, UTC).strftime("%m/%d/%Y %H:%M:%S")
            text = f"The token expired at '{end}'"
            return f'Bearer error="invalid_token", error_description="{text}"'
        return session

    def answer(self, request: web.Request, form: dict[str, str]) -> web.Response:
        """Answer a request of the realm's OpenID endpoints."""
        root, _, what = request.path.rstrip("/").partition(f"/realms/{REALM}/")
        if not what:
            return json({"error": "Realm does not exist"}, 404)
        match request.method, what.removeprefix("protocol/openid-connect/"):
            case "POST", "token":
                return self._token(form)
            case "GET", "auth":
                actions = f"{root}/realms/{REALM}/login-actions"
                return self._authorize(dict(request.query), actions)
            case "POST", "login-actions/authenticate" | "login-actions/consent":
                return self._in_tab(request.query.get("tab_id", ""), form)
            case "POST", "logout":
                return self._log_out(form)
        return json({"error": "HTTP 404 Not Found"}, 404)

    def _client(self, given: dict[str, str]) -> Client | None:
        client = self.clients.get(given.get("client_id", ""))
        if client is None or client.secret not in {None, given.get("client_secret")}:
            return None
        return client

    def _token(self, form: dict[str, str]) -> web.Response:
        if (client := self._client(form)) is None:
            text = "Invalid client or Invalid client credentials"
            return _error(401, "unauthorized_client", text)
        grant = form.get("grant_type")
        if grant is None:
            return _error(400, "invalid_request", "Missing form parameter: grant_type")
        if grant not in {_PASSWORD, _REFRESH, _CODE}:
            return _error(400, "unsupported_grant_type", "Unsupported grant_type")
        if grant not in client.grants:
            text = "Client not allowed for direct access grants"
            return _error(400, "unauthorized_client", text)
        scope = form.get("scope", "").split()
        if not _SCOPES.issuperset(scope):
            return _error(400, "invalid_scope", "Invalid scopes")
        match grant:
            case "password":
                return self._by_password(client, form, scope)
            case "refresh_token":
                return self._by_refresh(client, form)
        return self._by_code(client, form)

    def _by_password(
        self, client: Client, form: dict[str, str], scope: list[str]
    ) -> web.Response:
        account = self._account(form.get("username"), form.get("password"))
        if account is None:
            return _error(401, "invalid_grant", "Invalid user credentials")
        self.logins += 1
        return self._give(self._session(account, client, scope))

    def _by_refresh(self, client: Client, form: dict[str, str]) -> web.Response:
        token = form.get("refresh_token", "")
        session, end_s = self._refresh.get(token, (None, None))
        now_s = self._clock.time()
        if session is None or session.client is not client:
            return _error(400, "invalid_grant", "Invalid refresh token")
        if end_s is not None and now_s >= end_s:
            return _error(400, "invalid_grant", "Token is not active")
        idle = session.offline and now_s - session.used_s >= self.offline_idle_s
        if not session.active or idle:
            text = "Offline user session not found"
            text = text if session.offline else "Session not active"
            return _error(400, "invalid_grant", text)
        if token in self._replaced and not self.reuse:
            text = "Maximum allowed refresh token reuse exceeded"
            return _error(400, "invalid_grant", text)
        self.refreshes += 1
        session.used_s = now_s
        if self.rotation == "new":
            self._replaced.add(token)
            return self._give(session)
        return self._give(session, token)

    def _by_code(self, client: Client, form: dict[str, str]) -> web.Response:
        code = self._codes.pop(form.get("code", ""), None)
        expired = code is None or self._clock.time() >= code.end_s
        if code is None or expired or code.session.client is not client:
            return _error(400, "invalid_grant", "Code not valid")
        if form.get("redirect_uri") != code.redirect_uri:
            return _error(400, "invalid_grant", "Incorrect redirect_uri")
        if code.challenge is not None:
            verifier = form.get("code_verifier", "").encode()
            if not verifier:
                text = "PKCE code verifier not specified"
                return _error(400, "invalid_grant", text)
            if _base64(hashlib.sha256(verifier).digest()) != code.challenge:
                text = "PKCE verification failed: Code mismatch"
                return _error(400, "invalid_grant", text)
        self.logins += 1
        return self._give(code.session)

    def _authorize(self, query: dict[str, str], actions: str) -> web.Response:
        """Send the browser back at once, or show it the page of the log-in."""
        client = self.clients.get(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        if client is None or not redirect_uri or _CODE not in client.grants:
            return pages.sorry("Invalid parameter: client_id or redirect_uri")
        tab = pages.Tab(client.name, query, actions)
        if not _SCOPES.issuperset(tab.scope):
            raise tab.back(error="invalid_scope", error_description="Invalid scopes")
        method = query.get("code_challenge_method", "S256")
        if query.get("response_type") != "code" or method != "S256":
            raise tab.back(error="invalid_request")
        if self.browser == "deny":
            raise tab.back(error="access_denied")
        if self.browser == "redirect":
            raise self._back(tab, self._in_browser())
        self._tabs[tab.id] = tab
        return pages.log_in(tab)

    def _in_tab(self, tab_id: str, form: dict[str, str]) -> web.Response:
        """Take what a user typed, or decided about consent."""
        if (tab := self._tabs.get(tab_id)) is None:
            return pages.sorry("Your login attempt timed out.")
        if "username" in form:
            tab.username = form["username"]
            tab.password = form.get("password")
        account = self._account(tab.username, tab.password)
        if account is None:
            return pages.log_in(tab)
        if self.browser == "consent" and not {"accept", "cancel"} & form.keys():
            return pages.consent(tab)
        del self._tabs[tab_id]
        if "cancel" in form:
            raise tab.back(error="access_denied")
        raise self._back(tab, account)

    def _back(self, tab: pages.Tab, account: Account) -> web.HTTPFound:
        """Return what sends a browser back with a code."""
        session = self._session(account, self.clients[tab.client], tab.scope)
        code = f"{next(self._numbers)}.marked-code.{session.id}"
        self._codes[code] = _Code(
            session,
            tab.query["redirect_uri"],
            tab.query.get("code_challenge"),
            self._clock.time() + CODE_S,
        )
        return tab.back(session_state=session.id, code=code)

    def _account(self, username: str | None, password: str | None) -> Account | None:
        for account in self.accounts:
            if (username, password) == (account.username, account.password):
                return account
        return None

    def _in_browser(self) -> Account:
        for account in self.accounts:
            if self.browser_user in {None, account.username}:
                return account
        raise LookupError(self.browser_user)

    def _log_out(self, form: dict[str, str]) -> web.Response:
        session, _ = self._refresh.get(form.get("refresh_token", ""), (None, None))
        if session is None:
            return _error(400, "invalid_grant", "Invalid refresh token")
        session.active = False
        return web.Response(status=204)

    def _session(self, account: Account, client: Client, scope: list[str]) -> Session:
        return Session(account, client, scope, self._clock.time())

    def _give(self, session: Session, refresh: str | None = None) -> web.Response:
        now_s = self._clock.time()
        again = refresh is not None
        access = self._jwt(session, "Bearer", now_s + self.token_s)
        self._access[access] = (session, now_s + self.token_s)
        end_s = None if session.offline else now_s + REFRESH_S
        if refresh is None:
            kind = "Offline" if session.offline else "Refresh"
            refresh = self._jwt(session, kind, end_s)
        self._refresh[refresh] = (session, end_s)
        scope = (
            session.scope if session.offline else [*session.scope, "profile", "email"]
        )
        answer: dict[str, Any] = {
            "access_token": access,
            "expires_in": round(self.token_s),
            "refresh_expires_in": 0 if session.offline else round(REFRESH_S),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "id_token": self._jwt(session, "ID", now_s + self.token_s),
            "not-before-policy": 1711716768,
            "session_state": session.id,
            "scope": " ".join(dict.fromkeys(scope)),
        }
        if again and self.rotation == "absent":
            del answer["refresh_token"]
        if "openid" not in session.scope:
            del answer["id_token"]
        return json(answer)

    def _jwt(self, session: Session, kind: str, end_s: float | None) -> str:
        header = {"alg": "RS256", "typ": "JWT"}
        claims: dict[str, Any] = {
            "iat": int(self._clock.time()),
            "jti": str(next(self._numbers)),
            "sub": session.account.id,
            "typ": kind,
            "azp": session.client.name,
            "sid": session.id,
        }
        if end_s is not None:
            claims["exp"] = int(end_s)
        parts = (jsonlib.dumps(part).encode() for part in (header, claims))
        return f"{'.'.join(_base64(part) for part in parts)}.{_SECRET}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _error(status: int, code: str, description: str) -> web.Response:
    return json({"error": code, "error_description": description}, status)

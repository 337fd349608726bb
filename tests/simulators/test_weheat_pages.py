"""The simulated log-in has pages that a browser can fill in."""

from collections.abc import AsyncGenerator
from html import unescape
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from yarl import URL

from simulators.weheat import Account, Cloud

BACK = "http://localhost/back"
NAME = "user@example.invalid"
USER = {"username": NAME, "password": "marked-weheat-password"}
ASKED = {
    "response_type": "code",
    "client_id": "WeheatCommunityAPI",
    "redirect_uri": BACK,
    "state": "marked-state",
    "scope": "openid offline_access",
}


@pytest.fixture
async def cloud(socket_enabled: None) -> AsyncGenerator[Cloud]:
    """Serve two accounts, whose log-in is a page."""
    other = Account("other@example.invalid", "other", user_id=2)
    async with Cloud([other, Account(NAME, USER["password"])]) as cloud:
        cloud.keycloak.browser = "page"
        yield cloud


class Browser:
    """Shows a page, and sends what is filled in."""

    def __init__(self, cloud: Cloud, session: aiohttp.ClientSession) -> None:
        """Show nothing yet."""
        self._cloud = cloud
        self._session = session
        self.status = 0
        self.text = ""
        self.back: dict[str, str] = {}

    async def open(self, **changes: str) -> None:
        """Come from a client."""
        url = f"{self._cloud.auth_url}/auth"
        await self._go("GET", url, params=ASKED | changes)

    async def send(self, **filled: str) -> None:
        """Send the form of the page."""
        (action,) = re.findall(r'<form[^>]* action="([^"]+)"', self.text)
        url = URL(self._cloud.auth_url).join(URL(unescape(action)))
        await self._go("POST", url, data=filled)

    async def _go(self, method: str, url: str | URL, **more: Any) -> None:
        async with self._session.request(
            method, url, allow_redirects=False, **more
        ) as answer:
            self.status = answer.status
            self.text = await answer.text()
            to = answer.headers.get("Location", "")
        assert not to or to.startswith(f"{BACK}?")
        self.back = dict(parse_qsl(urlsplit(to).query))


@pytest.fixture
async def browser(cloud: Cloud) -> AsyncGenerator[Browser]:
    """Give a browser."""
    async with aiohttp.ClientSession() as session:
        yield Browser(cloud, session)


async def user_of(cloud: Cloud, code: str) -> str:
    """Return whose code it is."""
    form = {
        "grant_type": "authorization_code",
        "client_id": ASKED["client_id"],
        "redirect_uri": BACK,
        "code": code,
    }
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{cloud.auth_url}/token", data=form) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(f"{cloud.url}/users/me", headers=headers) as answer:
            user: str = (await answer.json())["email"]
    return user


async def test_log_in(cloud: Cloud, browser: Browser) -> None:
    """Who mistypes is asked again; who doesn't is sent back, once."""
    await browser.open()
    assert browser.status == 200
    assert "Invalid username" not in browser.text
    page = browser.text
    await browser.send(username='"><b>', password="wrong")
    assert browser.status == 200
    assert "Invalid username or password." in browser.text
    assert 'value="&quot;&gt;&lt;b&gt;"' in browser.text
    await browser.send(**USER)
    assert browser.status == 302
    assert browser.back["state"] == "marked-state"
    assert await user_of(cloud, browser.back["code"]) == NAME
    browser.text = page
    await browser.send(**USER)
    assert browser.status == 400
    assert not browser.back


async def test_consent(cloud: Cloud, browser: Browser) -> None:
    """Who is asked for consent may say no, or yes."""
    cloud.keycloak.browser = "consent"
    await browser.open()
    await browser.send(**USER)
    assert "WeheatCommunityAPI" in browser.text
    await browser.send(cancel="No")
    assert browser.back == {"state": "marked-state", "error": "access_denied"}
    await browser.open()
    await browser.send(**USER)
    await browser.send(accept="Yes")
    assert await user_of(cloud, browser.back["code"]) == NAME


async def test_consent_needs_a_log_in(cloud: Cloud, browser: Browser) -> None:
    """Who didn't log in can't say yes."""
    cloud.keycloak.browser = "consent"
    await browser.open()
    await browser.send(accept="Yes")
    assert browser.status == 200
    assert not browser.back


async def test_wrong_request(browser: Browser) -> None:
    """A client that asks wrongly is told, without a page, or on one."""
    await browser.open(scope="marked-scope")
    assert browser.back["error"] == "invalid_scope"
    await browser.open(response_type="token")
    assert browser.back["error"] == "invalid_request"
    await browser.open(client_id="nobody")
    assert browser.status == 400
    assert "Invalid parameter" in browser.text

"""The realm's pages for browsers: names and texts as Keycloak's own theme has them."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode
import uuid

from aiohttp import web

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to Weheat</title>
<style>
  :root {{ color-scheme: light dark; font-family: sans-serif; }}
  body {{ margin: 3rem auto; max-width: 22rem; padding: 0 1rem; }}
  h1 {{ font-size: 1.4rem; overflow-wrap: anywhere; }}
  label, input, button {{ box-sizing: border-box; display: block; width: 100%; }}
  input, button {{ font: inherit; margin: 0.3rem 0 1rem; padding: 0.5rem; }}
</style>
</head>
<body>
<h1 id="kc-page-title">{title}</h1>
{body}
</body>
</html>
"""
_LOG_IN = """<form id="kc-form-login" action="{action}" method="post">
<label for="username">Email</label>
<input id="username" name="username" value="{username}" autocomplete="username">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password">
{wrong}
<button id="kc-login" name="login" value="Sign In">Sign In</button>
</form>"""
_WRONG = '<p id="input-error">Invalid username or password.</p>'
_CONSENT = """<p>Do you grant these access privileges?</p>
<form action="{action}" method="post">
<button id="kc-login" name="accept" value="Yes">Yes</button>
<button id="kc-cancel" name="cancel" value="No">No</button>
</form>"""


@dataclass
class Tab:
    """A browser's visit: what a client asked for, and what the user typed at last.

    ``actions`` is the path that forms go below.
    """

    client: str
    query: dict[str, str]
    actions: str
    username: str | None = None
    password: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def scope(self) -> list[str]:
        """What the client wants."""
        return self.query.get("scope", "openid").split()

    def action(self, name: str) -> str:
        """Return where a form goes, as an attribute has it."""
        return escape(f"{self.actions}/{name}?{urlencode({'tab_id': self.id})}")

    def back(self, **answer: str) -> web.HTTPFound:
        """Return what sends the browser back."""
        if "state" in self.query:
            answer = {"state": self.query["state"], **answer}
        to = self.query["redirect_uri"]
        return web.HTTPFound(f"{to}{'&' if '?' in to else '?'}{urlencode(answer)}")


def log_in(tab: Tab) -> web.Response:
    """Ask for user and password, again if something was typed already."""
    body = _LOG_IN.format(
        action=tab.action("authenticate"),
        username=escape(tab.username or ""),
        wrong="" if tab.username is None else _WRONG,
    )
    return _page("Sign in to your account", body)


def consent(tab: Tab) -> web.Response:
    """Ask whether the client may have what it wants."""
    body = _CONSENT.format(action=tab.action("consent"))
    return _page(f"Grant Access to {tab.client}", body)


def sorry(text: str) -> web.Response:
    """Say what doesn't go on."""
    return _page("We are sorry...", f"<p>{escape(text)}</p>", 400)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = _PAGE.format(title=escape(title), body=body)
    return web.Response(status=status, text=text, content_type="text/html")

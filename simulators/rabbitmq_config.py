"""What a simulated RabbitMQ is to be: its settings, and what is there at boot."""

import base64
import hashlib
import re
import secrets
from typing import Any

# As terms of Erlang: to translate the usual form takes the broker time.
CONFIGURATION = """
[{{rabbit, [
    {{tcp_listeners, [{{"{host}", {admin_port}}}]}},
    {{ssl_listeners, [{{"{host}", {port}}}]}},
    {{ssl_options, [{{cacertfile, "{folder}/authority.crt"}}, {{certfile, "{cert}"}},
                   {{keyfile, "{key}"}}, {{verify, verify_none}}]}},
    {{load_definitions, "{folder}/definitions.json"}},
    {{log, [{{file, [{{file, false}}]}}, {{console, [{{enabled, false}}]}}]}},
    {{collect_statistics, none}}, {{disk_free_limit, 1000000}},
    {{num_tcp_acceptors, 2}}, {{num_ssl_acceptors, 2}}
]}}].
"""


def definitions(
    *,
    admin: tuple[str, str],
    operator: tuple[str, str],
    queue: str,
    has_queue: bool,
    source: str,
    commands: str,
) -> dict[str, Any]:
    """Return users, rights, exchanges and queue as the broker loads them.

    ``admin`` and ``operator`` are names and passwords. The operator may only read
    ``queue``, which the exchange ``source`` fills; nothing is bound to ``commands``.
    """
    kept = {"vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
    exchange = kept | {"type": "topic", "internal": False}
    classic = kept | {"arguments": {"x-queue-type": "classic"}}
    binding = {"vhost": "/", "arguments": {}, "destination_type": "queue"}
    binding |= {"source": source, "routing_key": "#", "destination": queue}
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    only_read = {"configure": "", "write": "", "read": f"^{re.escape(queue)}$"}
    return {
        "vhosts": [{"name": "/"}],
        "users": [_user(*admin, "administrator"), _user(*operator)],
        "permissions": [
            everything | {"user": admin[0], "vhost": "/"},
            only_read | {"user": operator[0], "vhost": "/"},
        ],
        "exchanges": [exchange | {"name": name} for name in (source, commands)],
        "queues": [classic | {"name": queue}] if has_queue else [],
        "bindings": [binding] if has_queue else [],
    }


def _user(name: str, password: str, *tags: str) -> dict[str, Any]:
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": list(tags),
    }

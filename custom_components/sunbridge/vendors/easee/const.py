"""Constants of the Easee vendor."""

from typing import Final

VENDOR: Final = "easee"

# How observations come.
AMQP: Final = "amqp"
SIGNALR: Final = "signalr"

CONF_MAX_AGE_S: Final = "max_age_s"
CONF_TAG_SALT: Final = "tag_salt"
CONF_TOKENS: Final = "tokens"
CONF_TTL_MIN: Final = "ttl_min"

# How long data are shown when neither the stream nor REST brings any.
DEFAULT_MAX_AGE_S: Final = 180
MIN_MAX_AGE_S: Final = 60
MAX_MAX_AGE_S: Final = 900

# After so long without Home Assistant the charger forgets the dynamic current; 0 never.
DEFAULT_TTL_MIN: Final = 15
MAX_TTL_MIN: Final = 60

# For tests and the demo: other addresses than the vendor's.
ENV_API_URL: Final = "SUNBRIDGE_EASEE_API_URL"
ENV_STREAMS_URL: Final = "SUNBRIDGE_EASEE_STREAMS_URL"

# Repair issues.
QUEUE: Final = "easee_queue"
SHARED_QUEUE: Final = "easee_shared_queue"

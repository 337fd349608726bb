"""Constants of the Weheat vendor."""

from typing import Final

VENDOR: Final = "weheat"

# How the user logged in.
PASSWORD: Final = "password"
BROWSER: Final = "browser"

# Whose value is Home Assistant's name of the user's application credentials.
CONF_IMPLEMENTATION: Final = "auth_implementation"
CONF_DAY_S: Final = "day_s"
CONF_HISTORY: Final = "history"
CONF_NIGHT_S: Final = "night_s"
CONF_TOKENS: Final = "tokens"
CONF_USER_ID: Final = "user_id"

# Between two reads of a heat pump; a shorter time would leave nothing of the budget for
# what was missed.
DEFAULT_DAY_S: Final = 150
DEFAULT_NIGHT_S: Final = 300
MIN_EVERY_S: Final = 150
MAX_EVERY_S: Final = 3600
NIGHT: Final = (23, 6)

# Repair issues.
COUNTER: Final = "weheat_counter"
NOT_ALLOWED: Final = "weheat_not_allowed"
SHARED: Final = "weheat_shared"

# For tests and the demo: other addresses than the vendor's.
ENV_API_URL: Final = "SUNBRIDGE_WEHEAT_API_URL"
ENV_AUTH_URL: Final = "SUNBRIDGE_WEHEAT_AUTH_URL"

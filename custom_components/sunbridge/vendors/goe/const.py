"""Constants of the go-e room."""

from typing import Final

VENDOR: Final = "goe"
# The transports.
CLOUD: Final = "cloud"
LOCAL: Final = "local"
MQTT: Final = "mqtt"
BROKER: Final = "broker"

CONF_SERIAL: Final = "serial"
CONF_BASE_TOPIC: Final = "base_topic"
CONF_CHARGER: Final = "charger"
CONF_CA: Final = "ca_certificate"
CONF_CLIENT_CERTIFICATE: Final = "client_certificate"
CONF_CLIENT_KEY: Final = "client_key"
CONF_TLS: Final = "tls"
CONF_INTERVAL_S: Final = "interval_s"
CONF_MAX_AGE_S: Final = "max_age_s"
# What the charger had before the surplus changed it, to be given back.
CONF_BEFORE: Final = "before_surplus"

# The charger delivers no faster than once a second (vendor's cloud API document); by
# itself it has better things to do than to answer all the time.
DEFAULT_INTERVAL_S: Final = {CLOUD: 1, LOCAL: 5}
MAX_INTERVAL_S: Final = 60
# The vendor's own default of the age parameter.
DEFAULT_MAX_AGE_S: Final = 30
MIN_MAX_AGE_S: Final = 10
MAX_MAX_AGE_S: Final = 600

# Repair issues.
CLOUD_OFF: Final = "goe_cloud_off"
READ_ONLY: Final = "goe_mqtt_read_only"

# Replaces the cloud's address in tests and in the demo; has {serial} in it.
ENV_CLOUD_URL: Final = "SUNBRIDGE_GOE_CLOUD_URL"

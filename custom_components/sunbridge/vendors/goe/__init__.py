"""go-e chargers: one model of the charger, several transports."""

"""Numbers out of sensors: their units, signs and ages, and whether to trust them."""

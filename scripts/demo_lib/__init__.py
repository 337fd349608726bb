"""A real Home Assistant with Sunbridge and simulated vendors."""

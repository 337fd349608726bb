"""Journeys of a new user through a real browser: ``scripts/test --browser``."""

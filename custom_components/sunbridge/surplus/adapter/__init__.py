"""Surplus charging in Home Assistant: flows, and the engine that controls the loads."""

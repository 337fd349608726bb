"""Easee chargers and Equalizers."""

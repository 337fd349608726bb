"""Weheat heat pumps."""

"""Tests of the serving in Home Assistant."""

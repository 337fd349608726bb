"""Tests of Weheat in Home Assistant."""

"""Tests of surplus charging in Home Assistant."""

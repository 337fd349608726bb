"""Tests of numbers out of sensors."""

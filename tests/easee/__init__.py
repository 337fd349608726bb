"""Tests of the Easee room."""

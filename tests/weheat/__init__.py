"""Tests of Weheat."""

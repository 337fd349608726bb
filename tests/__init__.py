"""Tests of Sunbridge."""

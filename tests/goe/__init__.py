"""Tests of the go-e room."""

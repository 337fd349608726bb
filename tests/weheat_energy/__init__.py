"""Tests of the energy engine for Weheat's heat pumps."""

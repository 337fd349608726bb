"""Fuzzing: what a network or a file brings, however wrong."""

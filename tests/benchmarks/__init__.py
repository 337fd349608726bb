"""Tests of the benchmarks: what judges has to be right itself."""

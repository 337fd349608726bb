"""Tests of the simulators: what stands in for a vendor has to be right itself."""

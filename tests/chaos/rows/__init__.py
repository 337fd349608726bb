"""The vendors of a run, a row each."""

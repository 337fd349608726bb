"""Stand-ins for vendors' clouds and devices, on real sockets.

They're written from what the vendors document and what people have seen, and never
from Sunbridge's own clients: a simulator has to be able to disagree with them.
"""

"""Home Assistant with all vendors, for simulated days in which much goes wrong.

Run by ``scripts/test --chaos``, which lets all processes have the clock of ``clock.c``.
"""

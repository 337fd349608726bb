"""For how long somebody has to wait, as texts say it."""


def wait_min(err: Exception) -> str:
    """Return after how many minutes it may be tried again, one at least.

    That's in the ``wait_s`` of errors that know it.
    """
    return str(max(1, round(getattr(err, "wait_s", 0.0) / 60)))

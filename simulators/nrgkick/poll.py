"""What became of a request, and what was thought of the answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .answer import Answer
from .contract import (
    INFO_PATH,
    VALUES_PATH,
    check_both,
    check_info,
    check_values,
    parse_json,
)
from .findings import Findings


class Failure(StrEnum):
    """Why there is no document that can be used."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    # The manner's own doing.
    GAVE_UP = "gave_up"
    NOT_HTTP = "not_http"
    STATUS = "status"
    NOT_JSON = "not_json"
    VIOLATION = "violation"


@dataclass(frozen=True)
class Poll:
    """A request and its answer.

    ``at_s`` is the clock's time of its end and ``took_s`` its length. ``unchanged_s``
    is for how long this very document has been served; None where there is none.
    ``document`` is there whenever the body is JSON, however wrong.
    """

    path: str
    at_s: float
    took_s: float
    failure: Failure | None
    status: int | None = None
    headers: dict[str, str] | None = None
    document: Any = None
    unchanged_s: float | None = None
    violations: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def judge(path: str, answer: Answer, info: Any) -> tuple[Failure | None, Any, Findings]:
    """Return what is wrong with an answer, its document and all remarks.

    Values are compared with ``info`` where there is some.
    """
    findings = answer.findings
    if answer.status != 200:
        return Failure.STATUS, None, findings
    try:
        document = parse_json(answer.body)
    except ValueError as error:
        findings.violations.append(f"no JSON: {error}")
        return Failure.NOT_JSON, None, findings
    if path == INFO_PATH:
        findings.add(check_info(document))
    elif path == VALUES_PATH:
        checked = check_values(document)
        findings.add(checked)
        if info is not None and not checked.violations:
            findings.add(check_both(info, document))
    return (Failure.VIOLATION if findings.violations else None), document, findings

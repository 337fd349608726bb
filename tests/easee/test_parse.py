"""Whatever an AMQP body looks like, its observations are found."""

from datetime import UTC, datetime
import gzip
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.easee.parse import (
    CommandResult,
    Parsed,
    message,
    observed_in,
    shape,
)
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.times import epoch_s

AT = "2026-05-09T10:00:00Z"
AT_S = datetime(2026, 5, 9, 10, tzinfo=UTC).timestamp()
TICKS_AT = 638605514168533970
TICKS_S = datetime(2024, 8, 29, 18, 3, 36, 853397, tzinfo=UTC).timestamp()

ONE = Observed("EH123456", 120, "7.2", AT_S)


@pytest.mark.parametrize(
    ("routing_key", "body"),
    [
        (
            "anything",
            b'{"mid":"EH123456","dataType":3,"id":120,'
            b'"timestamp":"2026-05-09T10:00:00Z","value":"7.2"}',
        ),
        (
            "",
            b'{"MID":"EH123456","DataType":3,"Id":"120",'
            b'"Timestamp":"2026-05-09T10:00:00.0000000Z","Value":"7.2"}',
        ),
        (
            "",
            b'{"serialNumber":"EH123456","observationId":120,'
            b'"timestamp":1778320800,"value":"7.2"}',
        ),
        ("EH123456.O.120", b'{"Timestamp":"2026-05-09T10:00:00","Value":"7.2"}'),
        (
            "EH123456.OP.1",
            b'{"Observations":[{"ObservationId":120,"Observations":'
            b'[{"Timestamp":"2026-05-09T10:00:00+00:00","Value":"7.2"}]}]}',
        ),
        ("EH123456.OP.1", b"120,2026-05-09T10:00:00Z,7.2\r\n"),
        ("EH123456.OP.1", b"\n120,1778320800,7.2\n"),
        ("", b'[{"mid":"EH123456","id":120,"timestamp":1778320800000,"value":"7.2"}]'),
        (
            "",
            b'\xef\xbb\xbf{"mid":"EH123456","observations":'
            b'[{"id":120,"timestamp":"2026-05-09T12:00:00+02:00","value":"7.2"}]}',
        ),
    ],
)
def test_shapes(routing_key: str, body: bytes) -> None:
    """Each likely shape gives the same observation."""
    assert message(body, routing_key) == Parsed(observed=[ONE])
    assert message(gzip.compress(body), routing_key).observed == [ONE]
    assert message(gzip.compress(body), routing_key, {}, "gzip").observed == [ONE]


def test_scalar() -> None:
    """A bare value whose id is in the routing key has no time of its own."""
    assert message(b"7.2", "EH123456.O.120").observed == [
        Observed("EH123456", 120, 7.2)
    ]
    assert message(b"null", "EH123456.O.120").observed == [
        Observed("EH123456", 120, None)
    ]


def test_headers_complete_the_message() -> None:
    """Ids may be in headers; the arrival comes in any form."""
    found = message(
        b'{"Value": 1}', "", {"MID": b"EH123456", "ObservationId": 31, "x": None}
    )
    assert found.observed == [Observed("EH123456", 31, 1)]


@pytest.mark.parametrize(
    "arrival",
    [
        datetime(2024, 8, 29, 18, 3, 36, 853397, tzinfo=UTC),
        datetime(2024, 8, 29, 18, 3, 36, 853397),
        TICKS_AT,
        str(TICKS_AT),
        TICKS_S,
        int(TICKS_S * 1000),
        "2024-08-29T18:03:36.8533970Z",
        b"2024-08-29 18:03:36.853397",
    ],
)
def test_arrival(arrival: Any) -> None:
    """The header's form isn't documented."""
    found = message(b"1", "EH1.O.31", {"ArrivalTime": arrival}).observed[0]
    assert found.arrived_s == pytest.approx(TICKS_S, abs=0.002)


@pytest.mark.parametrize("arrival", [True, [], {}, "soon", b"\xff", -1, 0, 1e400])
def test_broken_arrival(arrival: Any) -> None:
    """It only tells a delay, so it never breaks anything."""
    found = message(b"1", "EH1.O.31", {"ArrivalTime": arrival}).observed[0]
    assert found.arrived_s is None


@pytest.mark.parametrize(
    ("routing_key", "body"),
    [("EH1.P", b"x"), ("EH1.P.3", b"x"), ("SYS.1", b"x"), ("", b""), ("", b" \r\n")],
)
def test_nothing_to_hear(routing_key: str, body: bytes) -> None:
    """Pulses, system messages and empty bodies are no error."""
    assert message(body, routing_key) == Parsed()


def test_results() -> None:
    """A command's result may come by both streams."""
    body = {"Id": 48, "WasAccepted": True, "ResultCode": 3}
    assert message(json.dumps(body).encode(), f"EH1.CR.48.{TICKS_AT}").results == [
        CommandResult("EH1", 48, True, TICKS_AT)
    ]
    by_hub = {"serialNumber": "EH1", "id": 48, "wasAccepted": False, "ticks": TICKS_AT}
    assert observed_in([by_hub]).results == [CommandResult("EH1", 48, False, TICKS_AT)]
    assert observed_in([{**by_hub, "wasAccepted": "?"}]).malformed


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b'{"mid": "EH',
        b'{"value": 1}',
        b"null",
        b"1",
        b'"marked-text"',
        b"marked-text",
        b"120;2026;7",
        b'{"marked-name": {"marked-name": 1}}',
        b'{"id": 120, "mid": 7, "value": 1}',
        b'{"mid": "EH1", "id": 120}',
        b'{"mid": "EH1", "id": true, "value": 1}',
        b"[" * 100_000,
        b'{"huge": "' + b"x" * 1_100_000 + b'"}',
        gzip.compress(b"x" * 1_100_000),
        b"\x1f\x8bnot gzip",
        b'{"Observations": [null, 1, {"ObservationId": null}]}',
    ],
)
def test_malformed(body: bytes) -> None:
    """What isn't understood is told by its shape, without a value of it."""
    parsed = message(body)
    assert parsed.malformed
    assert not parsed.observed
    assert "marked" not in "".join(parsed.malformed)


def test_shape() -> None:
    """A shape names only the fields that are known."""
    content = {"mid": "EH1", "secret": 1, "value": [{"id": 1.5}], "timestamp": None}
    assert shape(content) == ("{mid: str, timestamp: null, value: [{id: float}], +1}")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["EH123456", "120", "1", AT]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["mid", "Id", "value", "Timestamp", "observations", "ticks"]
            )
            | st.text(max_size=8),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
ROUTES = st.sampled_from(
    ["", "EH1.O.120", "EH1.OP.1", "EH1.CR.48.1", "EH1.P", "SYS.2", "a.b.c"]
) | st.text(max_size=20)


@given(JSON, ROUTES, st.dictionaries(st.text(max_size=12), JSON, max_size=3))
def test_any_json(content: Any, routing_key: str, headers: dict[str, Any]) -> None:
    """No JSON raises, and what is found has a device and a number."""
    parsed = message(json.dumps(content).encode(), routing_key, headers)
    for one in parsed.observed:
        assert isinstance(one.device, str)
        assert isinstance(one.number, int)


@given(st.binary(max_size=200), ROUTES, st.sampled_from([None, "gzip", "br"]))
def test_any_bytes(body: bytes, routing_key: str, encoding: str | None) -> None:
    """No bytes raise."""
    message(body, routing_key, None, encoding)


@given(JSON | st.binary(max_size=20) | st.datetimes())
def test_any_time(value: Any) -> None:
    """Nothing is taken for a time that isn't one, and nothing raises."""
    found = epoch_s(value)
    assert found is None or isinstance(found, float)

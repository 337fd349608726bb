"""Access: nobody but those listed, not too fast, and who else asked."""

from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from itertools import accumulate

from hypothesis import example, given, strategies as st
import pytest

from custom_components.sunbridge.vendors.nrgkick.access import (
    CLIENTS,
    REMEMBERED,
    Access,
    Answer,
    Rate,
    address,
    network,
)
from custom_components.sunbridge.vendors.nrgkick.errors import Fault, NrgkickConfigError

NOW = 1_768_400_000.0


@pytest.mark.parametrize(
    ("listed", "remote", "is_allowed"),
    [
        ("192.168.1.20", "192.168.1.20", True),
        ("192.168.1.20", "192.168.1.21", False),
        (" 192.168.1.20\n", "192.168.1.20", True),
        ("192.168.1.0/24", "192.168.1.255", True),
        ("192.168.1.20/24", "192.168.1.77", True),
        ("192.168.1.20/255.255.255.0", "192.168.1.77", True),
        ("192.168.1.0/24", "192.168.2.1", False),
        ("192.168.1.20", "::ffff:192.168.1.20", True),
        ("::ffff:192.168.1.20", "192.168.1.20", True),
        ("::ffff:192.168.1.0/120", "192.168.1.9", True),
        ("::ffff:192.168.1.0/120", "192.168.2.9", False),
        ("::ffff:0:0/96", "8.8.8.8", True),
        ("::ffff:0:0/95", "8.8.8.8", False),
        ("192.168.1.20", "::192.168.1.20", False),
        ("2001:db8::5", "2001:db8::5", True),
        ("2001:db8::5", "2001:DB8:0:0::5", True),
        ("2001:db8::/64", "2001:db8::ffff", True),
        ("2001:db8::/64", "2001:db8:0:1::1", False),
        ("fe80::1", "fe80::1%eth0", True),
        ("fe80::1%eth0/64", "fe80::2%wlan0", True),
        ("::/0", "192.168.1.20", False),
        ("::/0", "2001:db8::1", True),
        ("0.0.0.0/0", "8.8.8.8", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        # Loopback has to be meant.
        ("0.0.0.0/0", "127.0.0.1", False),
        ("::ffff:0:0/96", "127.0.0.1", False),
        ("0.0.0.0/0", "::ffff:127.0.0.1", False),
        ("::/0", "::1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.0/8", "127.5.0.1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("::1", "::1", True),
        ("::1", "127.0.0.1", False),
        # What is no address.
        ("0.0.0.0/0", None, False),
        ("0.0.0.0/0", "", False),
        ("0.0.0.0/0", "192.168.1", False),
        ("0.0.0.0/0", "192.168.1.20:80", False),
        ("0.0.0.0/0", "192.168.001.020", False),
        ("0.0.0.0/0", "localhost", False),
        ("0.0.0.0/0", "/run/socket", False),
    ],
)
def test_listed(listed: str, remote: str | None, is_allowed: bool) -> None:
    """Addresses and networks, of both kinds and in all their spellings."""
    expected = Answer.ALLOWED if is_allowed else Answer.REFUSED
    assert Access.of([listed]).ask(remote, NOW) is expected
    both = Access.of(["203.0.113.7", listed])
    assert both.ask(remote, NOW) is expected
    assert both.refused_count == (not is_allowed)


def test_nobody_by_default() -> None:
    """An empty list is for nobody, not for everybody."""
    access = Access.of([])
    for remote in ("127.0.0.1", "::1", "192.168.1.20", "8.8.8.8"):
        assert access.ask(remote, NOW) is Answer.REFUSED
    assert Access().ask("192.168.1.20", NOW) is Answer.REFUSED


@pytest.mark.parametrize(
    "text", ["", " ", "marked.invalid", "192.168.1", "192.168.1.0/33", "1.2.3.4/",
             "/24", "1.2.3.4-9", "::1/129", "192.168.1.300", "http://1.2.3.4", "*"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    """What a user typed wrong is refused, and not repeated."""
    with pytest.raises(NrgkickConfigError) as caught:
        network(text)
    assert caught.value.fault is Fault.NOT_AN_ADDRESS
    assert str(caught.value) == "not_an_address"
    assert caught.value.__suppress_context__


def test_refused_are_remembered() -> None:
    """The newest come first, each once, with how often and when."""
    access = Access.of(["192.168.1.20"])
    access.ask("192.168.1.20", NOW)
    assert not access.refused
    access.ask("192.168.1.30", NOW + 1)
    access.ask("192.168.1.31", NOW + 2)
    access.ask("::ffff:192.168.1.30", NOW + 3)
    access.ask("no address", NOW + 4)
    assert [(str(one.address), one.count, one.last_at_s) for one in access.refused] == [
        ("192.168.1.30", 2, NOW + 3),
        ("192.168.1.31", 1, NOW + 2),
    ]
    assert access.refused_count == 4
    # Of an address of the link it doesn't matter how it came.
    access.ask("fe80::1%eth0", NOW + 5)
    access.ask("fe80::1%wlan0", NOW + 6)
    assert (str(access.refused[0].address), access.refused[0].count) == ("fe80::1", 2)


def test_refused_are_few() -> None:
    """However many ask, only the newest are kept."""
    access = Access()
    first = IPv4Address("10.0.0.0")
    for number in range(1000):
        access.ask(str(first + number), NOW + number)
    assert access.refused_count == 1000
    assert [one.address for one in access.refused] == [
        first + number for number in range(999, 999 - REMEMBERED, -1)
    ]


def test_rate() -> None:
    """Twenty at once, then ten a second; of each client for itself."""
    access = Access.of(["192.168.1.0/24"])
    answers = [access.ask("192.168.1.20", NOW) for _ in range(21)]
    assert answers == [Answer.ALLOWED] * 20 + [Answer.TOO_MANY]
    assert access.ask("192.168.1.21", NOW) is Answer.ALLOWED
    assert access.ask("192.168.1.20", NOW + 0.125) is Answer.ALLOWED
    assert access.ask("192.168.1.20", NOW + 0.125) is Answer.TOO_MANY
    # It's never more than the burst.
    answers = [access.ask("192.168.1.20", NOW + 9999) for _ in range(21)]
    assert answers.count(Answer.ALLOWED) == 20
    # That isn't a refusal: whoever is listed isn't offered to be listed.
    assert access.refused_count == 0
    assert access.refused == ()


def test_clock_is_set_back() -> None:
    """Nothing is given for it, and from then on it fills as ever."""
    access = Access.of(["192.168.1.20"], Rate(per_s=1, burst=1))
    assert access.ask("192.168.1.20", NOW) is Answer.ALLOWED
    assert access.ask("192.168.1.20", NOW - 3600) is Answer.TOO_MANY
    assert access.ask("192.168.1.20", NOW - 3599) is Answer.ALLOWED


def test_clients_are_few() -> None:
    """A large network makes no large memory; who asks all the time isn't forgotten."""
    access = Access.of(["10.0.0.0/8"], Rate(per_s=0.001, burst=2))
    assert access.ask("10.9.9.9", NOW) is Answer.ALLOWED
    assert access.ask("10.9.9.9", NOW) is Answer.ALLOWED
    for number in range(300):
        access.ask(f"10.0.{number // 250}.{number % 250}", NOW)
        assert access.ask("10.9.9.9", NOW) is Answer.TOO_MANY
    assert len(access._buckets) == CLIENTS


@given(st.lists(st.floats(0, 3) | st.just(0.0), max_size=120))
def test_never_faster(pauses_s: list[float]) -> None:
    """In no span of time there's more than the burst and what the rate gives."""
    rate = Rate(per_s=4, burst=6)
    access = Access.of(["192.168.1.20"], rate)
    # Small numbers, for which the sums of floats are near enough.
    times_s = list(accumulate(pauses_s))
    allowed_s = [
        at_s for at_s in times_s if access.ask("192.168.1.20", at_s) is Answer.ALLOWED
    ]
    for index, from_s in enumerate(allowed_s):
        for count, to_s in enumerate(allowed_s[index:], 1):
            assert count <= rate.burst + rate.per_s * (to_s - from_s) + 1e-6
    # And nobody who keeps to the rate is turned away.
    slow = Access.of(["192.168.1.20"], rate)
    for number in range(50):
        assert slow.ask("192.168.1.20", number / 4) is Answer.ALLOWED


@given(
    st.none()
    | st.text()
    | st.ip_addresses().map(str)
    | st.ip_addresses(v=4).map(lambda found: f"::ffff:{found}")
)
def test_any_remote(remote: str | None) -> None:
    """Nothing that a socket may say breaks it, and only who is listed gets in."""
    access = Access.of(["10.0.0.0/8", "fd00::/8"])
    is_allowed = access.ask(remote, NOW) is Answer.ALLOWED
    client = address(remote)
    if client is None:
        assert not is_allowed
    else:
        first = ip_address(str(client)).packed[0]
        assert is_allowed is (first == (10 if client.version == 4 else 0xFD))


@given(st.text() | st.ip_addresses(network="10.0.0.0/8").map(str))
@example("10.1.2.3/8")
@example("::ffff:10.0.0.1/100")
def test_any_text(text: str) -> None:
    """Whatever is typed is a network or a fault."""
    with suppress(NrgkickConfigError):
        found = network(text)
        assert network(str(found)) == found

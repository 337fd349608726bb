"""Which of an account's devices a user wants."""

from custom_components.sunbridge.vendors.chosen import is_wanted, suggested, to_store


def test_some_or_all_but_some() -> None:
    """What comes later is wanted only by who wants all."""
    all_but = to_store(["A", "B"], ["A"], None, add_new=True)
    some = to_store(["A", "B"], ["A"], None, add_new=False)
    assert [is_wanted(all_but, one) for one in "ABC"] == [True, False, True]
    assert [is_wanted(some, one) for one in "ABC"] == [True, False, False]


def test_who_is_away_stays_what_it_was() -> None:
    """A device that isn't listed while others are chosen anew isn't forgotten."""
    before = to_store(["A", "B", "C"], ["A"], None, add_new=False)
    after = to_store(["B", "D"], ["D"], before, add_new=False)
    assert [is_wanted(after, one) for one in "ABCD"] == [True, False, False, True]
    assert set(after["left_out"]) == {"B", "C"}


def test_what_is_suggested() -> None:
    """All of a home, nothing of a fleet, and later what was chosen."""
    assert suggested(["A", "B"], None, 3) == {"chosen": ["A", "B"], "add_new": True}
    assert suggested(["A", "B"], None, 2) == {"chosen": [], "add_new": False}
    before = to_store(["A", "B"], ["B"], None, add_new=True)
    assert suggested(["A", "B", "C"], before, 3) == {
        "chosen": ["B", "C"],
        "add_new": True,
    }

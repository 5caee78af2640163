"""Which strangers are taken together."""

import pytest

from app.rates.addresses import UNKNOWN, line_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("fe80::1%eth0", "fe80::2%eth1"),
    ],
)
def test_addresses_that_one_line_has_anyway_are_one_stranger(one: str, other: str) -> None:
    assert line_of(one) == line_of(other) != UNKNOWN


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.7", "192.0.2.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("::ffff:192.0.2.7", "::ffff:192.0.2.8")],
)
def test_addresses_of_different_lines_are_different_strangers(one: str, other: str) -> None:
    assert line_of(one) != line_of(other)


@pytest.mark.parametrize("host", [None, "", "testclient", "/run/server.sock", "192.0.2.7, 203.0.113.9", "%" * 10_000])
def test_what_is_no_address_makes_no_stranger_of_its_own(host: str | None) -> None:
    assert line_of(host) == UNKNOWN

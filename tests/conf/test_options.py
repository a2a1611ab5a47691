"""The tables of options, against the parser's own tables and against the daemon's."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from corotui.conf import Host, check, options, parse
from corotui.conf.daemon.parser import value_types
from corotui.conf.options import load
from corotui.conf.version import parse_version
from corotui.errors import UsageError
from tests.support.assertions import assert_never_raises
from tests.support.conf_examples import WELL

RELEASES = ("2.3.3", "2.4.6", "3.0.0", "3.0.4", "3.1.0", "3.1.7", "3.1.10")


def test_each_option_is_described_once_and_in_one_line() -> None:
    keys = [option.key for option in options.ALL]
    assert len(keys) == len(set(keys))
    for option in options.ALL:
        assert option.doc.endswith(".")
        assert "\n" not in option.doc
        assert (option.kind == "choice") == bool(option.values)


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_parser_takes_for_a_number_is_described_as_one(release: str) -> None:
    at = parse_version(release)
    for table in value_types.number_types(at).values():
        for key in table:
            option = options.find(key)
            assert option is not None, key
            if key == "totem.ip_dscp":
                continue
            assert option.kind == "number", key
            leftovers = ("rrp_", "threads", "totem.nodeid")
            assert option.is_known(at) or any(word in key for word in leftovers), key


@pytest.mark.parametrize("release", RELEASES)
def test_the_words_of_a_choice_are_those_the_parser_takes(release: str) -> None:
    at = parse_version(release)
    for key, choice in value_types.allowed_values(at, Host()).items():
        option = options.find(key)
        assert option is not None, key
        if option.is_known(at) and key not in ("totem.crypto_cipher", "totem.ip_version", "system.move_to_root_cgroup"):
            assert set(option.values) == set(choice.values), key


def test_defaults_follow_the_release() -> None:
    (token,) = options.find_by_name("token")
    assert [token.default_in(parse_version(release)) for release in ("2.4.6", "3.0.4", "3.1.0")] == [
        "1000",
        "1000",
        "3000",
    ]
    assert options.find("nodelist.node.ring3_addr") is options.find("nodelist.node.ringX_addr")


@pytest.mark.parametrize("table", load.TABLES)
def test_the_tables_have_the_types_that_the_loader_expects(table: str) -> None:
    types = get_type_hints(load.OptionEntry)
    for key, entry in tomllib.loads(files("corotui.conf.options").joinpath(f"{table}.toml").read_text()).items():
        assert {"doc", "kind", "change"} <= entry.keys() <= types.keys(), key
        for name, value in entry.items():
            if get_origin(types[name]) is Literal:
                assert value in get_args(types[name]), (key, name)
            else:
                assert isinstance(value, get_origin(types[name]) or types[name]), (key, name)


def test_an_explanation_names_all_that_matters() -> None:
    text = "\n".join(options.explain(options.find_by_name("knet_mtu")[0], parse_version("3.1.6")))
    for phrase in ("bytes", "only with knet", "a reload", "from 3.1.7", "corosync 3.1.6 does not read it"):
        assert phrase in text


@pytest.mark.parametrize("name", ["3.1.7", "2.4", "v1.4.10", "main", "2.99.3", "3.1.7-1+deb12u2"])
def test_releases_are_understood(name: str) -> None:
    assert_never_raises(check, parse(WELL), release=parse_version(name))


@pytest.mark.parametrize("name", ["", "4.0.0", "x", "0"])
def test_what_is_no_release_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check(parse(WELL), release=parse_version(name))


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("3", "3.1.10"),
        ("2.x", "2.4.6"),
        ("3.1.x", "3.1.10"),
        ("1.4", "1.4.10"),
        ("2.4.6-9.el7", "2.4.6"),
        ("3.0", "3.0.4"),
    ],
)
def test_a_short_name_is_the_last_release_of_it(name: str, release: str) -> None:
    assert parse_version(name) == parse_version(release)


@pytest.mark.parametrize(
    ("key", "read", "not_read"),
    [
        ("totem.config_version", ("2.1.0", "3.1.7"), ("2.0.3",)),
        ("totem.send_join", ("1.4.0", "3.1.7"), ()),
        ("totem.block_unlisted_ips", ("2.4.5", "2.4.6", "3.0.2"), ("2.4.4", "3.0.0", "3.0.1")),
        ("totem.cancel_token_hold_on_retransmit", ("2.4.6", "3.1.6"), ("2.4.5", "3.0.4", "3.1.5")),
        ("quorum.two_node", ("1.4.0", "2.0.0"), ()),
        ("quorum.auto_tie_breaker_node", ("2.3.4",), ("2.3.3",)),
        ("quorum.device.heuristics.mode", ("2.4.3",), ("2.4.2",)),
        ("resources.watchdog_device", ("2.3.6",), ("2.3.5",)),
        ("nozzle.name", ("3.0.2",), ("3.0.1",)),
    ],
)
def test_which_release_reads_an_option(key: str, read: tuple[str, ...], not_read: tuple[str, ...]) -> None:
    """As the sources of the tagged releases have it."""
    option = options.find(key)
    assert option is not None
    assert [name for name in (*read, *not_read) if option.is_known(parse_version(name))] == list(read)


def test_a_gap_is_said() -> None:
    lines = options.explain(options.find_by_name("block_unlisted_ips")[0], parse_version("3.0.0"))
    assert "  releases  from 2.4.5 to before 3.0.0, and from 3.0.2" in lines
    data = WELL.replace(b"version: 2", b"version: 2\nblock_unlisted_ips: no")
    found = check(parse(data), release=parse_version("3.0.1"))
    assert [one.why for one in found if one.code == "other-release-option"] == ["It is read from 3.0.2 on."]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("token", ["totem.token"]),
        ("Token", ["totem.token"]),
        ("ring1_addr", ["nodelist.node.ringX_addr"]),
        ("nozzle", ["nozzle.name", "nozzle.ipaddr", "nozzle.ipprefix", "nozzle.macaddr"]),
        ("tokn", []),
    ],
)
def test_options_are_found_by_what_people_write(name: str, keys: list[str]) -> None:
    assert [option.key for option in options.find_by_name(name)] == keys


def test_a_name_that_is_nearly_one() -> None:
    assert options.similar_names("tokn")[0] == "token"
    assert options.similar_names("zzz") == ()

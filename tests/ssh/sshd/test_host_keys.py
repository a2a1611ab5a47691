"""Whose key is trusted, and that nothing is sent to anyone else."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corotui.errors import HostKeyError
from corotui.ssh import NonInteractive
from tests.support.ssh.connection_factory import ConnectionFactory
from tests.support.ssh.scripted_operator import Operator
from tests.support.ssh.sshd import Sshd, make_key, public, running

pytestmark = pytest.mark.slow


@pytest.fixture
def other_key(tmp_path: Path) -> str:
    return public(make_key(tmp_path / "other"))


def keygen(*arguments: str) -> bytes:
    """ssh-keygen, which has to be content."""
    return subprocess.run(["ssh-keygen", "-q", *arguments], check=True, capture_output=True).stdout


def nothing_was_sent(sshd: Sshd) -> bool:
    """sshd names the user as soon as it has heard one."""
    log = sshd.log.read_text()
    return (
        "Accepted" not in log and "for invalid user" not in log and "Failed" not in log and "Connection from" not in log
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Sshd]:
    with running(Sshd(tmp_path / "fresh")) as server:
        yield server


async def test_first_contact_is_refused_without_consent(reach: ConnectionFactory, fresh: Sshd) -> None:
    with pytest.raises(HostKeyError) as caught:
        await reach.shell(fresh.node())
    assert caught.value.exit_code == 4
    assert caught.value.fingerprint == fresh.fingerprint()
    assert caught.value.known_fingerprints is None
    assert "Nothing was sent." in str(caught.value)
    assert nothing_was_sent(fresh)
    assert not reach.known_hosts.exists()


async def test_first_contact_shows_the_fingerprint_and_is_remembered(reach: ConnectionFactory, fresh: Sshd) -> None:
    operator = Operator(host_keys=True)
    await reach.assert_connects(fresh.node(), operator)
    assert operator.asked == [
        ("host key", "a", "127.0.0.1", str(fresh.port), "ssh-ed25519", fresh.fingerprint()),
    ]
    assert reach.known_hosts.read_text() == fresh.known().replace(" \n", "\n")
    assert stat.S_IMODE(reach.known_hosts.stat().st_mode) == 0o600
    await reach.assert_connects(fresh.node(), Operator())
    assert len(operator.asked) == 1


async def test_ssh_itself_reads_what_was_remembered(reach: ConnectionFactory, fresh: Sshd) -> None:
    await reach.assert_connects(fresh.node(), NonInteractive(accept_new_host_keys=True))
    assert keygen("-F", f"[127.0.0.1]:{fresh.port}", "-f", str(reach.known_hosts))


@pytest.mark.parametrize("answer", [False, True])
async def test_a_changed_key_is_refused_whatever_the_operator_says(
    reach: ConnectionFactory, fresh: Sshd, other_key: str, answer: bool
) -> None:
    before = f"[127.0.0.1]:{fresh.port} {other_key}"
    reach.know(before)
    operator = Operator(host_keys=answer)
    with pytest.raises(HostKeyError, match="has changed") as caught:
        await reach.shell(fresh.node(), operator)
    assert caught.value.fingerprint == fresh.fingerprint()
    assert caught.value.known_fingerprints
    assert caught.value.known_fingerprints in str(caught.value)
    assert caught.value.known_fingerprints != caught.value.fingerprint
    assert "ssh-keygen -R" in caught.value.next_step
    assert str(reach.known_hosts) in caught.value.next_step
    assert operator.asked == []
    assert nothing_was_sent(fresh)
    assert reach.known_hosts.read_text() == before


async def test_a_changed_key_in_the_operators_own_file_is_refused_too(
    reach: ConnectionFactory, fresh: Sshd, other_key: str
) -> None:
    reach.others[0].write_text(f"[127.0.0.1]:{fresh.port} {other_key}")
    with pytest.raises(HostKeyError, match="has changed") as caught:
        await reach.shell(fresh.node(), Operator(host_keys=True))
    assert str(reach.others[0]) in caught.value.next_step


async def test_another_kind_of_key_than_the_known_one_is_a_changed_key(
    reach: ConnectionFactory, fresh: Sshd, tmp_path: Path
) -> None:
    ecdsa = public(make_key(tmp_path / "ecdsa", "ecdsa"))
    reach.know(f"[127.0.0.1]:{fresh.port} {ecdsa}")
    with pytest.raises(HostKeyError, match="has changed") as caught:
        await reach.shell(fresh.node(), Operator(host_keys=True))
    assert caught.value.fingerprint == fresh.fingerprint()
    assert nothing_was_sent(fresh)


async def test_the_known_kind_is_preferred(reach: ConnectionFactory, tmp_path: Path) -> None:
    with running(Sshd(tmp_path / "two", kinds=("ed25519", "ecdsa"))) as server:
        reach.know(server.known(1))
        await reach.assert_connects(server.node())


@pytest.mark.parametrize("hashed", [False, True])
async def test_the_operators_own_known_hosts_count(reach: ConnectionFactory, sshd: Sshd, hashed: bool) -> None:
    reach.others[0].write_text(sshd.known())
    if hashed:
        keygen("-H", "-f", str(reach.others[0]))
        assert "127.0.0.1" not in reach.others[0].read_text()
    reach.others[0].write_text("# a comment\nnot a line\n" + reach.others[0].read_text() + "@what x y\n|1|x|y z\n")
    await reach.assert_connects(sshd.node())
    assert not reach.known_hosts.exists()


async def test_a_key_known_by_name_at_the_standard_port_is_trusted(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.know(sshd.known(host="127.0.0.1"))
    await reach.assert_connects(sshd.node())


async def test_another_key_by_name_at_the_standard_port_is_no_change(
    reach: ConnectionFactory, sshd: Sshd, other_key: str
) -> None:
    reach.know(f"127.0.0.1 {other_key}")
    operator = Operator(host_keys=True)
    await reach.assert_connects(sshd.node(), operator)
    assert len(operator.asked) == 1


async def test_a_revoked_key_is_refused(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.know(sshd.known(), "@revoked * " + public(sshd.host_keys[0]))
    with pytest.raises(HostKeyError, match="revoked") as caught:
        await reach.shell(sshd.node(), Operator(host_keys=True))
    assert caught.value.fingerprint == sshd.fingerprint()


async def test_an_authority_vouches_for_a_host(reach: ConnectionFactory, tmp_path: Path) -> None:
    authority = make_key(tmp_path / "ca")
    server = Sshd(tmp_path / "certified", f"HostCertificate {tmp_path}/certified/host_ed25519-cert.pub")
    keygen("-s", str(authority), "-I", "host", "-h", "-n", "127.0.0.1", f"{server.host_keys[0]}.pub")
    with running(server):
        reach.know(f"@cert-authority * {public(authority)}")
        await reach.assert_connects(server.node())
        # without the authority the key behind the certificate is shown, as for any host
        reach.know("")
        operator = Operator(host_keys=True)
        await reach.assert_connects(server.node(), operator)
        assert operator.asked[0][-1] == server.fingerprint()


async def test_configuration_cannot_turn_the_check_off(reach: ConnectionFactory, fresh: Sshd, other_key: str) -> None:
    reach.config.write_text("StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\n")
    with pytest.raises(HostKeyError, match="not known"):
        await reach.shell(fresh.node())
    reach.know(f"[127.0.0.1]:{fresh.port} {other_key}")
    with pytest.raises(HostKeyError, match="has changed"):
        await reach.shell(fresh.node())
    assert nothing_was_sent(fresh)


async def test_a_known_hosts_file_of_the_configuration_counts(
    reach: ConnectionFactory, sshd: Sshd, tmp_path: Path
) -> None:
    (tmp_path / "listed").write_text(f"ring-a {public(sshd.host_keys[0])}")
    reach.config.write_text(f"UserKnownHostsFile {tmp_path / 'listed'}\nHostKeyAlias ring-a\n")
    # the alias names the host at its port, as `[alias]:port`, or by its name alone
    await reach.assert_connects(sshd.node())


async def test_questions_come_one_after_the_other(reach: ConnectionFactory, sshd: Sshd, fresh: Sshd) -> None:
    operator = Operator(host_keys=True)
    nodes = [sshd.node("a"), fresh.node("b"), sshd.node("c")]
    opened = await reach.connections(*nodes, ask=operator).open()
    assert [type(shell).__name__ for shell in opened.by_node.values()] == ["RemoteShell"] * 3
    assert operator.at_once == 1
    assert sorted(question[-1] for question in operator.asked) == sorted([sshd.fingerprint(), fresh.fingerprint()])


async def test_a_changed_key_of_an_alias_is_no_first_contact(
    reach: ConnectionFactory, sshd: Sshd, other_key: str
) -> None:
    reach.others[0].write_text(f"Ring-A {other_key}")
    reach.config.write_text("HostKeyAlias ring-a\n")
    with pytest.raises(HostKeyError, match="has changed") as caught:
        await reach.shell(sshd.node(), NonInteractive(accept_new_host_keys=True))
    assert "ssh-keygen -R ring-a" in caught.value.next_step


async def test_an_alias_is_remembered_as_ssh_would(reach: ConnectionFactory, sshd: Sshd) -> None:
    reach.config.write_text("HostKeyAlias Ring-A\n")
    await reach.assert_connects(sshd.node(), NonInteractive(accept_new_host_keys=True))
    assert reach.known_hosts.read_text().startswith("ring-a ssh-ed25519 ")
    await reach.assert_connects(sshd.node())


@pytest.mark.parametrize("form", ["list", "krl"])
async def test_revoked_host_keys_of_the_configuration_count(
    reach: ConnectionFactory, fresh: Sshd, tmp_path: Path, form: str
) -> None:
    reach.know(fresh.known())
    (tmp_path / "revoked").write_text(public(fresh.host_keys[0]))
    if form == "krl":
        keygen("-k", "-f", str(tmp_path / "revoked"), f"{fresh.host_keys[0]}.pub")
    reach.config.write_text(f"Match final all\n  RevokedHostKeys {tmp_path / 'revoked'}\n")
    with pytest.raises(HostKeyError, match="revoked by"):
        await reach.shell(fresh.node(), Operator(host_keys=True))
    (tmp_path / "revoked").unlink()
    with pytest.raises(HostKeyError, match="cannot be read"):
        await reach.shell(fresh.node(), Operator(host_keys=True))
    assert nothing_was_sent(fresh)


async def test_strict_checking_never_asks(reach: ConnectionFactory, fresh: Sshd) -> None:
    reach.config.write_text("StrictHostKeyChecking yes\n")
    operator = Operator(host_keys=True)
    with pytest.raises(HostKeyError, match="StrictHostKeyChecking yes"):
        await reach.shell(fresh.node(), operator)
    with pytest.raises(HostKeyError, match="StrictHostKeyChecking yes"):
        await reach.shell(fresh.node(), NonInteractive(accept_new_host_keys=True))
    assert operator.asked == []
    assert not reach.known_hosts.exists()
    assert nothing_was_sent(fresh)


@pytest.mark.parametrize("rule", ["no", "off", "accept-new", "ask"])
async def test_no_rule_is_weaker_than_asking(reach: ConnectionFactory, fresh: Sshd, rule: str) -> None:
    reach.config.write_text(f"StrictHostKeyChecking {rule}\n")
    operator = Operator()
    with pytest.raises(HostKeyError, match="not accepted"):
        await reach.shell(fresh.node(), operator)
    assert len(operator.asked) == 1


async def test_tokens_in_the_name_of_a_known_hosts_file(
    reach: ConnectionFactory, sshd: Sshd, other_key: str, tmp_path: Path
) -> None:
    (tmp_path / "known-127.0.0.1-a").write_text(f"a {other_key}")
    reach.config.write_text(f"HostKeyAlias A\nUserKnownHostsFile {tmp_path}/known-%h-%k\n")
    with pytest.raises(HostKeyError, match="has changed"):
        await reach.shell(sshd.node(), Operator(host_keys=True))


@pytest.mark.parametrize("revoked", ["", "host", "authority"])
async def test_a_certificate_counts_only_if_nothing_of_it_is_revoked(
    reach: ConnectionFactory, tmp_path: Path, revoked: str
) -> None:
    authority = make_key(tmp_path / "ca")
    server = Sshd(tmp_path / "certified", f"HostCertificate {tmp_path}/certified/host_ed25519-cert.pub")
    keygen("-s", str(authority), "-I", "host", "-h", "-n", "127.0.0.1", f"{server.host_keys[0]}.pub")
    with running(server):
        reach.know(f"@cert-authority * {public(authority)}")
        if revoked:
            (tmp_path / "revoked").write_text(public(server.host_keys[0] if revoked == "host" else authority))
            reach.config.write_text(f"RevokedHostKeys {tmp_path / 'revoked'}\n")
            with pytest.raises(HostKeyError, match="revoked"):
                await reach.shell(server.node(), Operator(host_keys=True))
        else:
            await reach.assert_connects(server.node())


async def test_a_certificate_of_another_authority_leaves_the_plain_key(
    reach: ConnectionFactory, tmp_path: Path, other_key: str
) -> None:
    authority = make_key(tmp_path / "ca")
    server = Sshd(tmp_path / "certified", f"HostCertificate {tmp_path}/certified/host_ed25519-cert.pub")
    keygen("-s", str(authority), "-I", "host", "-h", "-n", "127.0.0.1", f"{server.host_keys[0]}.pub")
    with running(server):
        reach.know(f"@cert-authority * {other_key}", server.known())
        await reach.assert_connects(server.node())
        reach.know(f"@cert-authority * {other_key}", f"[127.0.0.1]:{server.port} {other_key}")
        with pytest.raises(HostKeyError, match="has changed"):
            await reach.shell(server.node(), Operator(host_keys=True))

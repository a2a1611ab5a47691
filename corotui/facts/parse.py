"""Builds NodeFacts from the sections of the facts script. Never raises, whatever a node prints."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from corotui.cluster.limits import bounded_conf
from corotui.cluster.service_manager import ServiceManager
from corotui.cluster.text.bounded import bounded_text, one_line
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.facts.model import Corosync, NodeFacts
from corotui.facts.parsers import addresses, firewalls, ports, system

_TOOLS = ("corosync-cmapctl", "corosync-cfgtool", "corosync-quorumtool", "corosync-keygen", "corosync-objctl")


def parse_facts(
    node: str, sections: Mapping[str, bytes], *, names: Sequence[str] = (), sent: float, received: float
) -> NodeFacts:
    """The facts in `sections`, as `script.parse_sections` returns them.

    `names` are the names that the resolver was asked for, in that order. `sent` and `received` are the operator's clock
    around the round trip, in Unix seconds.
    """
    # The bytes of corosync.conf are what is kept.
    texts = {name: bounded_text(data) for name, data in sections.items() if name != "conf"}

    def text(name: str) -> str:
        return texts.get(name, "")

    strange: dict[str, str] = {}
    who = dict(system.key_values(text("who")))
    uid = who.get("uid", "")
    programs = tuple(name for name, _ in system.key_values(text("programs")))
    interfaces, strange["addresses"] = addresses.parse(text("addresses"))
    daemons = list(system.key_values(text("processes")))
    used, strange["ports"] = ports.parse(text("ports"), {pid.strip() for name, pid in daemons if name == "corosync"})
    disks, directories, strange["disks"] = system.disks(text("disks"))
    resolved, fqdn, strange["names"] = system.resolver_answers(text("names"))
    if system.corosync_version(text("version"))[1] and not system.corosync_version(text("version"))[0]:
        strange["version"] = text("version")
    running = Counter(name for name, _ in daemons)
    conf, left_out = bounded_conf(sections.get("conf", b""))
    return NodeFacts(
        node=node,
        taken_at=received,
        hostname=one_line(who.get("hostname", "")),
        fqdn=fqdn,
        user=who.get("user", ""),
        uid=int(uid) if re.fullmatch(r"[0-9]{1,10}", uid) else None,
        root=who.get("euid") == "0",
        os=system.operating_system(
            text("release"), machine=who.get("machine", ""), kernel=who.get("kernel", ""), programs=programs
        ),
        service_manager=ServiceManager.from_text(text("manager").strip()),
        corosync=_corosync(conf, texts, programs, running["corosync"]),
        pacemaker_running=running["pacemakerd"] > 0,
        interfaces=interfaces,
        default_route=_default_route(text("routes")),
        own_name=resolved.get("0", ()),
        resolves={name: resolved[str(at)] for at, name in enumerate(names, 1) if str(at) in resolved},
        clock=system.clock(text("begin"), text("end"), sent=sent, received=received, synchronised=text("synchronised")),
        firewalls=firewalls.parse(texts),
        ports=used,
        disks=disks,
        cloud=system.cloud(text("cloud")),
        commands=programs,
        packages=_packages(text("packages")),
        selinux=text("selinux").strip(),
        directories=directories,
        left_out=left_out,
        not_understood={name: rest for name, rest in strange.items() if rest.strip()},
    )


def _corosync(conf: bytes, texts: Mapping[str, str], programs: Sequence[str], running: int) -> Corosync:
    version, path = system.corosync_version(texts.get("version", ""))
    conf_file = system.file(CONF_PATH, texts.get("conf-file", ""))
    return Corosync(
        version=version,
        path=path,
        running=running,
        service=system.service(texts.get("service", "")),
        conf=None if conf_file is None else conf.decode("latin-1"),
        conf_file=conf_file,
        authkey=system.file(AUTHKEY_PATH, texts.get("authkey", "")),
        tools=tuple(tool for tool in _TOOLS if tool in programs),
        crypto=system.crypto_models(texts.get("version", "")),
        sample=_is_sample(texts.get("sample", "")),
    )


def _is_sample(text: str) -> bool:
    sums = {key: value.split()[0] for key, value in system.key_values(text)}
    return "packaged" in sums and sums["packaged"] == sums.get("present")


def _packages(text: str) -> dict[str, str]:
    """Installed packages with their version, from lines `NAME VERSION Status` of dpkg and `NAME VERSION rpm`."""
    versions: dict[str, str] = {}
    for name, rest in system.key_values(text):
        version, *status = rest.split()
        if status in (["install", "ok", "installed"], ["hold", "ok", "installed"], ["rpm"]):
            versions[name] = version
    return versions


def _default_route(text: str) -> str:
    """Gateway and device of the first default route, from `ip route` or `route -n`."""
    for line in text.split("\n"):
        columns = line.split()
        if columns[:1] == ["default"]:
            values = dict(pairwise(columns[1:]))
            gateway = [values["via"]] if "via" in values else []
            device = ["dev", values["dev"]] if "dev" in values else []
            return " ".join([*gateway, *device])
        if len(columns) == 8 and columns[0] == "0.0.0.0" and columns[2] == "0.0.0.0":  # noqa: S104
            return f"{columns[1]} dev {columns[7]}"
    return ""

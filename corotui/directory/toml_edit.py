"""Changes to the text of a cluster.toml that leave its comments and layout as they are."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array
from tomlkit.toml_document import TOMLDocument

from corotui.cluster.model import Install, InstallMethod, Node, Ssh

TomlTable = MutableMapping[str, Any]  # tomlkit's items are typed no closer than this

_TEMPLATE = """\
[cluster]
name = {name}

# How ssh reaches the nodes; ~/.ssh/config holds too. A [[node]] may have any of these keys for itself.
[ssh]
# user = "ec2-user"
# sudo = true
# port = 22
# jump = "bastion"
# key = "~/.ssh/id_ed25519"

[install]
method = "package"         # package | source | present
"""


def new_cluster_toml(name: str) -> bytes:
    """A cluster.toml without nodes."""
    return _TEMPLATE.format(name=tomlkit.string(name).as_string()).encode()


def set_name(data: bytes, name: str) -> bytes:
    """The text with another name of the cluster."""
    document = _read(data)
    _section(document, "cluster")["name"] = name
    return _print(document)


def set_ssh(data: bytes, ssh: Ssh) -> bytes:
    """The defaults of [ssh] become `ssh`; what is None or False there goes."""
    document = _read(data)
    _apply(_section(document, "ssh"), _ssh_values(ssh, Ssh()))
    return _print(document)


def set_install(data: bytes, install: Install) -> bytes:
    """The text with other values in [install]. `version` and `build_node` are written for method "source" only."""
    document = _read(data)
    source = install.method is InstallMethod.SOURCE
    values: dict[str, object] = {"method": install.method.value}
    values["version"] = install.version if source and install.version else None
    values["build_node"] = install.build_node if source and install.build_node else None
    _apply(_section(document, "install"), values)
    return _print(document)


def add_nodes(data: bytes, nodes: Iterable[Node], defaults: Ssh) -> bytes:
    """A [[node]] for each, behind the others. Of its ssh only what differs from `defaults`, [ssh], is written."""
    document = _read(data)
    for node in nodes:
        _add_node(document, node, defaults)
    return _print(document)


def _add_node(document: TOMLDocument, node: Node, defaults: Ssh) -> None:
    values: dict[str, object] = {"name": node.name, "host": node.host}
    if node.local:
        values["local"] = True
    values.update({key: value for key, value in _ssh_values(node.ssh, defaults).items() if value is not None})
    nodes = document.get("node")
    if isinstance(nodes, Array):
        inline = tomlkit.inline_table()
        inline.update(values)
        nodes.append(inline)
        return
    table = tomlkit.table()
    table.update(values)
    if isinstance(nodes, AoT) and len(nodes):
        _separate(nodes[-1])
        nodes.append(table)
    else:
        array = tomlkit.aot()
        array.append(table)
        _blank_line_at_end(document)
        document["node"] = array


def replace_node(data: bytes, name: str, node: Node, defaults: Ssh) -> bytes:
    """The [[node]] called `name` describes `node` instead, in the same place and with the comments it has.

    Of its ssh settings only those that differ from `defaults`, those of [ssh], are written. KeyError if there is no
    node of that name.
    """
    document = _read(data)
    for table in document.get("node", []):
        if table.get("name") == name:
            values: dict[str, object] = {"name": node.name, "host": node.host, "local": True if node.local else None}
            body = table.value.body
            # Comments at the end usually belong to the next table: new keys go before them.
            trailing = []
            while body and body[-1][0] is None:
                trailing.append(body.pop())
            _apply(table, {**values, **_ssh_values(node.ssh, defaults)})
            body.extend(reversed(trailing))
            return _print(document)
    raise KeyError(name)


def remove_node(data: bytes, name: str) -> bytes:
    """Without the [[node]] of that name. KeyError where there is none."""
    document = _read(data)
    nodes = document.get("node", [])
    for number, table in enumerate(nodes):
        if table.get("name") == name:
            del nodes[number]
            if not len(nodes):
                del document["node"]
            return _print(document)
    raise KeyError(name)


def _read(data: bytes) -> TOMLDocument:
    return tomlkit.parse(data.decode("utf-8-sig"))


def _print(document: TOMLDocument) -> bytes:
    return tomlkit.dumps(document).encode()


def _section(document: TOMLDocument, name: str) -> TomlTable:
    if name not in document:
        _blank_line_at_end(document)
        document[name] = tomlkit.table()
    section: TomlTable = document[name]
    return section


def _apply(section: TomlTable, values: dict[str, object]) -> None:
    for key, value in values.items():
        if value is None:
            section.pop(key, None)
        elif section.get(key) != value:
            section[key] = value


def _ssh_values(ssh: Ssh, defaults: Ssh) -> dict[str, object]:
    """What to write so that `ssh` comes out over `defaults`; None where nothing need be written.

    An empty text takes back a default of jump and key. A user or port cannot be taken back, so that None there means
    the default.
    """
    values: dict[str, object] = {}
    values["user"] = ssh.user if ssh.user != defaults.user else None
    values["port"] = ssh.port if ssh.port != defaults.port else None
    values["sudo"] = ssh.sudo if ssh.sudo != defaults.sudo else None
    values["jump"] = (ssh.jump or "") if ssh.jump != defaults.jump else None
    values["key"] = (ssh.key or "") if ssh.key != defaults.key else None
    return values


def _separate(table: TomlTable) -> None:
    """A blank line behind the last node, before the next."""
    if not tomlkit.dumps(table).endswith("\n\n"):
        table.add(tomlkit.nl())  # type: ignore[attr-defined]


def _blank_line_at_end(document: TOMLDocument) -> None:
    text = tomlkit.dumps(document)
    if text and not text.endswith("\n\n"):
        document.add(tomlkit.nl())

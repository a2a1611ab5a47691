"""A cluster directory: cluster.toml, corosync.conf, and corotui's own folder beside them.

`toml_edit` and `database` are imported only where they are used, since tomlkit and sqlite3 would slow down other verbs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cluster.cluster_toml import parse_cluster, ssh_defaults
from corotui.cluster.events import EventSink, ignore_event
from corotui.cluster.model import Cluster, Install, Node, Ssh
from corotui.cluster.validation import name_fault
from corotui.conf.host.file_mode import file_mode, has_inline_key
from corotui.directory.atomic_files import make_folder, read_file, read_optional, write_atomic
from corotui.directory.file_lock import HeldLock, acquire_lock, is_locked
from corotui.directory.trusted_files import STATE_DIR, open_folder
from corotui.errors import FileError, RefusedError, UsageError

if TYPE_CHECKING:
    import sqlite3


class Directory:
    """The files of one cluster.

    Every read goes to the disk, since another editor may change the files at any time. A write replaces a whole file or
    nothing; it raises WorkError on a full disk or without permission. `path` and `state_dir` (path/.corotui, mode 0700)
    are absolute.
    """

    def __init__(self, path: Path) -> None:
        """Takes the path without looking at it; `open` and `create` check it."""
        self.path = path.absolute()
        self.state_dir = self.path / STATE_DIR
        self.cluster_toml = self.path / "cluster.toml"
        self.corosync_conf = self.path / "corosync.conf"
        self.known_hosts = self.state_dir / "known_hosts"
        self.generations_dir = self.state_dir / "generations"

    @classmethod
    def open(cls, path: Path | str) -> Directory:
        """Opens a directory that holds a cluster.toml.

        Raises FileError if there is none, and UntrustedFileError for a directory or folder .corotui that another user
        could change.
        """
        directory = cls(Path(path))
        # Reading the file tells a folder without permission from a folder without the file.
        read_file(directory.cluster_toml, hint=f"`corotui new {path}` makes one")
        with suppress(OSError), open_folder(directory.state_dir):
            pass
        return directory

    @classmethod
    def create(cls, path: Path | str, name: str) -> Directory:
        """Creates a cluster without nodes, and the folders as needed.

        Raises RefusedError if there is a cluster.toml already, UsageError for a name that cannot be used.
        """
        from corotui.directory import toml_edit

        fault = name_fault(name)
        if fault:
            raise UsageError(f"{name!r} {fault}.")
        directory = cls(Path(path))
        if os.path.lexists(directory.cluster_toml):
            raise RefusedError(f"{directory.cluster_toml} exists already.", next_step=f"Open it with `corotui {path}`.")
        make_folder(directory.path)
        write_atomic(directory.cluster_toml, toml_edit.new_cluster_toml(name))
        directory.make_state_dir()
        return directory

    def make_state_dir(self) -> Path:
        """The folder .corotui; created for this user only if it does not exist."""
        make_folder(self.state_dir, mode=0o700)
        return self.state_dir

    def read_cluster(self) -> Cluster:
        """cluster.toml as it is now. Raises FileError with file, line and key for a mistake in it."""
        return parse_cluster(read_file(self.cluster_toml, hint="`corotui new DIR` makes one"), str(self.cluster_toml))

    def read_conf(self) -> bytes | None:
        """corosync.conf as it is now; None if there is none yet."""
        return read_optional(self.corosync_conf)

    def write_conf(self, data: bytes) -> None:
        """Replaces corosync.conf as a whole. It keeps its mode; with a key in it, others cannot read it."""
        mode = None
        if has_inline_key(data):
            try:
                present = stat.S_IMODE(self.corosync_conf.lstat().st_mode)
            except OSError:
                present = None
            mode = file_mode(data, present)
        write_atomic(self.corosync_conf, data, mode=mode)

    def set_name(self, name: str) -> None:
        """Renames the cluster. Raises UsageError for a name that cannot be used."""
        from corotui.directory import toml_edit

        self._edit(lambda data, _: toml_edit.set_name(data, name), lambda old: replace(old, name=name))

    def set_ssh(self, ssh: Ssh) -> None:
        """Replaces the defaults of [ssh]."""
        from corotui.directory import toml_edit

        self._edit(lambda data, _: toml_edit.set_ssh(data, ssh), lambda old: old)

    def set_install(self, install: Install) -> None:
        """Replaces [install]. `version` and `build_node` are written for method "source" only."""
        from corotui.directory import toml_edit

        self._edit(lambda data, _: toml_edit.set_install(data, install), lambda old: replace(old, install=install))

    def add_node(self, node: Node) -> None:
        """Adds a [[node]] after the others. Raises UsageError for a name or host that is taken or cannot be used."""
        self.add_nodes((node,))

    def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Adds a [[node]] for each after the others, all by one write or none. Raises UsageError as `add_node` does."""
        from corotui.directory import toml_edit

        def change(data: bytes, defaults: Ssh) -> bytes:
            return toml_edit.add_nodes(data, nodes, defaults)

        self._edit(change, lambda old: replace(old, nodes=(*old.nodes, *nodes)))

    def remove_node(self, name: str) -> None:
        """Removes a node, also as the build node. Raises UsageError if there is none of that name."""
        from corotui.directory import toml_edit

        self._require_node(name)

        def change(data: bytes, _: Ssh) -> bytes:
            install = parse_cluster(data, str(self.cluster_toml)).install
            if install.build_node == name:
                data = toml_edit.set_install(data, replace(install, build_node=""))
            return toml_edit.remove_node(data, name)

        self._edit(change, lambda old: replace(old, nodes=tuple(node for node in old.nodes if node.name != name)))

    def replace_node(self, name: str, node: Node) -> None:
        """Describes a node anew, in its place in the file and with its comments. The build node follows a new name.

        Raises UsageError if there is no node called `name`, or if the new name or host is taken or cannot be used.
        """
        from corotui.directory import toml_edit

        self._require_node(name)

        def change(data: bytes, defaults: Ssh) -> bytes:
            install = parse_cluster(data, str(self.cluster_toml)).install
            if install.build_node == name != node.name:
                data = toml_edit.set_install(data, replace(install, build_node=node.name))
            return toml_edit.replace_node(data, name, node, defaults)

        def replaced(old: Cluster) -> Cluster:
            return replace(old, nodes=tuple(node if other.name == name else other for other in old.nodes))

        self._edit(change, replaced)

    def _require_node(self, name: str) -> None:
        if name not in [node.name for node in self.read_cluster().nodes]:
            raise UsageError(f"There is no node {name!r} in {self.cluster_toml}.")

    def lock(self, step: str = "", report: EventSink = ignore_event) -> AbstractContextManager[HeldLock]:
        """Keeps other corotui processes from changing this cluster. Raises LockedError, which names the holder.

        `step` is what others are told about the work. `report` gets a Note if the holder before was killed.
        """
        return acquire_lock(self.make_state_dir() / "lock", step, report)

    @property
    def is_locked(self) -> bool:
        """Whether a corotui changes this cluster now."""
        return is_locked(self.state_dir / "lock")

    def open_database(
        self, room: str = "", migrations: Sequence[str] = (), *, report: EventSink = ignore_event
    ) -> sqlite3.Connection:
        """Opens state.db with the tables of `room`; see `corotui.directory.database.connect`. The caller closes it."""
        from corotui.directory.database import connect

        return connect(self.make_state_dir() / "state.db", room=room, migrations=migrations, report=report)

    def _edit(self, change: Callable[[bytes, Ssh], bytes], expect: Callable[[Cluster], Cluster]) -> None:
        """Changes the text of cluster.toml by `change`, and the parsed cluster by `expect`; writes it if both agree."""
        data = read_file(self.cluster_toml)
        before = parse_cluster(data, str(self.cluster_toml))
        after = change(data, ssh_defaults(data, str(self.cluster_toml)))
        try:
            now = parse_cluster(after, str(self.cluster_toml))
        except FileError as error:
            # Its line number belongs to a text that is never written to the disk.
            raise UsageError(f"{error.key}: {error.what}." if error.key else error.what) from None
        expected = expect(before)
        if _comparable(now) != _comparable(expected):
            raise FileError(str(self.cluster_toml), "this change does not fit its layout; write it with an editor")
        write_atomic(self.cluster_toml, after)


def _comparable(cluster: Cluster) -> tuple[object, ...]:
    return cluster.name, tuple((node.name, node.host, node.local) for node in cluster.nodes)

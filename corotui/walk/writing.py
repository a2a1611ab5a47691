"""The operator's choices, written to the directory at once: nodes, install, links, corosync.conf. No network."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.model import Install, Node
from corotui.errors import UsageError
from corotui.walk import links
from corotui.walk.model import Step
from corotui.walk.session import Session


def go(session: Session, step: Step) -> None:
    session.memory.stand(step)
    session.paint(step=step)


def add_node(session: Session, node: Node) -> None:
    session.directory.add_node(node)
    _changed(session)


def remove_node(session: Session, name: str) -> None:
    session.directory.remove_node(name)
    session.memory.forget(name)
    _changed(session)


def set_install(session: Session, install: Install) -> None:
    session.directory.set_install(install)
    _changed(session)


def _changed(session: Session) -> None:
    session.reread()
    session.stale_connections()
    session.relink()


def choose_links(session: Session, indices: Sequence[int]) -> None:
    known = session.picture.links
    for index in indices:
        if not 0 <= index < len(known):
            raise UsageError("There is no such link.", changed="")
        if not known[index].usable:
            raise UsageError(f"{known[index].network} is not usable: {known[index].reason}", changed="")
    chosen = tuple(dict.fromkeys(indices))
    session.memory.choose(links.networks(known, chosen))
    session.paint(chosen=chosen, proposed=None, proved=())
    session.judge()


def propose_conf(session: Session) -> bytes:
    picture = session.picture
    data = links.configuration(picture.cluster, picture.links, picture.chosen, session.facts())
    session.paint(proposed=data)
    return data


def save_conf(session: Session, data: bytes) -> None:
    before = session.directory.conf()
    if before != data:
        session.memory.push_conf(before)
        session.directory.write_conf(data)
    _conf_is(session, data)


def undo_conf(session: Session) -> bool:
    found, data = session.memory.pop_conf()
    if not found:
        return False
    if data is None:
        session.directory.corosync_conf.unlink(missing_ok=True)
    else:
        session.directory.write_conf(data)
    _conf_is(session, data)
    return True


def _conf_is(session: Session, data: bytes | None) -> None:
    session.plan = None
    session.paint(conf=data, proposed=None, plan=None)
    session.judge()

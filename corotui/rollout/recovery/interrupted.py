"""The interrupted rollout of a directory, as its journal describes it."""

from __future__ import annotations

import hashlib

from corotui.cluster.events import ignore_event
from corotui.directory import Directory
from corotui.errors import CorotuiError, FileError
from corotui.rollout.execute.run import RolloutRun
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal, RunRecord, RunState
from corotui.ssh.cancellation import StopRequest
from corotui.ssh.fanout import Shells
from corotui.ssh.lock.cluster_lock import ClusterLock


def interrupted_rollout(directory: Directory) -> str:
    """Returns the title of a rollout that waits for `recover`, "" if there is none. One that runs now is none."""
    with Journal(directory) as journal:
        record = journal.unfinished_run()
    if record is None or (record.state is RunState.RUNNING and directory.is_locked):
        return ""
    return record.title


def read_rolled_out(record: RunRecord, generations: GenerationStore) -> bytes:
    """Returns the configuration of a run, b"" if its file is gone. Raises FileError if the file was changed since."""
    number = int(record.plan["generation"])
    try:
        conf = generations.read_conf(number)
    except CorotuiError:
        return b""  # undoing needs no configuration, and finishing finds it staged on the nodes
    if hashlib.sha256(conf).hexdigest() != record.plan["conf_sha256"]:
        raise FileError(str(generations.path(number)), "was changed after it was rolled out; put it back")
    return conf


def load_run(record: RunRecord, conf: bytes, shells: Shells, journal: Journal, lock: ClusterLock) -> RolloutRun:
    """Returns the run that a record describes. `conf`: its configuration, b"" if only staged files are removed."""
    return RolloutRun(
        plan_codec.from_json(record.plan, conf),
        shells,
        journal,
        record.id,
        ignore_event,
        StopRequest(),
        generation=int(record.plan["generation"]),
        new_generation=bool(record.plan["new_generation"]),
        key_sha256_after=str(record.plan["key_after"]),
        file_id=str(record.plan.get("file_id", "")),
        lock=lock,
    )

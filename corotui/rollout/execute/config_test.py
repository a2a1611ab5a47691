"""Step 2: corosync itself tests the new configuration on every node, with the new key."""

from __future__ import annotations

from corotui.cluster.quoting import command
from corotui.cluster.text.bounded import bounded_text, lines_of
from corotui.conf.constants import CONF_PATH
from corotui.errors import RefusedError
from corotui.rollout.execute.run import TEST, RolloutRun
from corotui.rollout.execute.stage import with_staged_key
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, ServiceAction
from corotui.ssh import file_scripts
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import CommandResult, Shell

LIMIT = 60.0
"""Seconds. The test resolves every name in the nodelist, which may wait for a dead resolver."""
_MAX_LINES = 6
_NOISE = ("exiting with status", "exiting normally", "built-in features", "Please migrate config file")


async def run_config_test(run: RolloutRun) -> NodeResults[str]:
    """Runs `corosync -t` on all nodes that get a file or start corosync.

    A node that refuses the configuration has a RefusedError with corosync's own messages.
    """

    async def test_node(node: NodePlan, shell: Shell) -> str:
        detail = await judge_node(node, shell)
        if _has_candidate(node):
            # Commit and rollback know only the files that change, and a new key alone changes no configuration.
            await _remove_candidate(run, shell)
        return detail

    async def judge_node(node: NodePlan, shell: Shell) -> str:
        result = await _run_test(node, shell, _candidate_path(run, node))
        if result is None:
            return f"corosync {node.version} has no test"
        if result.ok:
            return ""
        reasons = refusal_reasons(result, run.file_id) or await _reasons_with_logging(run, node, shell)
        why = "; ".join(reasons) or "it gave no reason"
        ended = "was ended by a signal" if result.exit_code is None else f"returned {result.exit_code}"
        raise RefusedError(f"corosync refuses the configuration there (`corosync -t` {ended}): {why}", node=node.name)

    nodes = [
        node
        for node in run.plan.nodes
        if node in run.changed_nodes or node.service_action in (ServiceAction.START, ServiceAction.RESTART)
    ]
    return await run.run_on_nodes(TEST, nodes, test_node, limit=LIMIT)


def _candidate_path(run: RolloutRun, node: NodePlan) -> str:
    """Path of the file to test: with the staged key, the staged file, or the one in place."""
    if _has_candidate(node):
        return run.candidate_path
    return run.staged_path(CONF_PATH) if node.conf_action is ConfAction.WRITE else CONF_PATH


def _has_candidate(node: NodePlan) -> bool:
    """Whether staging wrote a configuration for the test alone, one that names the staged key."""
    return node.key_action in (KeyAction.CREATE, KeyAction.COPY)


async def _run_test(node: NodePlan, shell: Shell, file: str) -> CommandResult | None:
    """Returns None if that corosync has no -t."""
    if node.release is None or not node.release.has_config_test:
        return None
    if node.release.major == 2:
        line = command("env", f"COROSYNC_MAIN_CONFIG_FILE={file}", node.program, "-t")
    else:
        line = command(node.program, "-t", "-c", file)
    return await shell.run(line, privileged=True, timeout=LIMIT)


async def _reasons_with_logging(run: RolloutRun, node: NodePlan, shell: Shell) -> tuple[str, ...]:
    """Tests again with logging to stderr: a configuration that logs elsewhere hides the reason."""
    conf = run.plan.conf
    if _has_candidate(node):
        conf = with_staged_key(conf, run.staged_path(run.plan.key_path))
    await shell.put(
        run.candidate_path,
        conf + b"\nlogging {\n    to_stderr: yes\n    to_logfile: no\n}\n",
        mode=0o600,
    )
    result = await _run_test(node, shell, run.candidate_path)
    await _remove_candidate(run, shell)
    return refusal_reasons(result, run.file_id) if result is not None else ()


async def _remove_candidate(run: RolloutRun, shell: Shell) -> None:
    (await shell.run(command("rm", "-f", "--", run.candidate_path), privileged=True, timeout=LIMIT)).expect()


def refusal_reasons(result: CommandResult, file_id: str = "") -> tuple[str, ...]:
    """Returns the lines with corosync's reasons, with the real name of the file; at most six.

    `file_id`: that of the rollout, in the names of its staged files.
    """
    text = bounded_text(result.stderr + b"\n" + result.stdout, limit=20000)
    for suffix in (file_scripts.candidate_path("", file_id), file_scripts.staged_path("", file_id)):
        text = text.replace(suffix, "")
    lines = [line.strip()[:400] for line in lines_of(text) if line.strip()]
    lines = [line for line in lines if not any(phrase in line for phrase in _NOISE) and " notice " not in line]
    return tuple(lines[:_MAX_LINES])

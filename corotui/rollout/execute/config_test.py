"""Step 2: corosync itself tries the candidate on every node, with the candidate key."""

from __future__ import annotations

from corotui.cluster.quoting import command
from corotui.cluster.sanitize import clean
from corotui.conf.constants import CONF_PATH
from corotui.errors import RefusedError
from corotui.rollout.execute.run import TEST, RolloutRun
from corotui.rollout.execute.stage import with_staged_key
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, ServiceAction
from corotui.ssh import file_scripts
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import CommandResult, Shell

LIMIT = 60.0  # seconds; it resolves every name in the nodelist, which may wait for a dead resolver
_LINES = 6
_NOISE = ("exiting with status", "exiting normally", "built-in features", "Please migrate config file")


async def run_config_test(run: RolloutRun) -> NodeResults[str]:
    """`corosync -t` on all nodes that get a file or start. What fails is RefusedError, with the daemon's own words."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        file = _candidate(node)
        result = await _run_test(node, shell, file)
        if result is None:
            return f"corosync {node.version} has no test"
        if result.ok:
            return ""
        words = refusal_reasons(result)
        if not words:
            words = await _reasons_with_logging(run, node, shell)
        told = "; ".join(words) or "it gave no reason"
        ended = "was ended by a signal" if result.exit_code is None else f"returned {result.exit_code}"
        raise RefusedError(f"corosync refuses the configuration there (`corosync -t` {ended}): {told}", node=node.name)

    nodes = [
        node
        for node in run.plan.nodes
        if node in run.changed_nodes or node.service_action in (ServiceAction.START, ServiceAction.RESTART)
    ]
    return await run.run_on_nodes(TEST, nodes, deed, limit=LIMIT)


def _candidate(node: NodePlan) -> str:
    if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
        return CONF_PATH + file_scripts.TEST_SUFFIX
    return CONF_PATH + file_scripts.STAGED_SUFFIX if node.conf_action is ConfAction.WRITE else CONF_PATH


async def _run_test(node: NodePlan, shell: Shell, file: str) -> CommandResult | None:
    if node.release is None or not node.release.has_config_test:
        return None
    if node.release.major == 2:
        line = command("env", f"COROSYNC_MAIN_CONFIG_FILE={file}", node.program, "-t")
    else:
        line = command(node.program, "-t", "-c", file)
    return await shell.run(line, privileged=True, timeout=LIMIT)


async def _reasons_with_logging(run: RolloutRun, node: NodePlan, shell: Shell) -> tuple[str, ...]:
    """A configuration that logs nothing to stderr hides the reason: the same file, told to log there."""
    conf = run.plan.conf
    if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
        conf = with_staged_key(conf, run.plan.key_path)
    await shell.put(
        CONF_PATH + file_scripts.TEST_SUFFIX,
        conf + b"\nlogging {\n    to_stderr: yes\n    to_logfile: no\n}\n",
        mode=0o600,
    )
    result = await _run_test(node, shell, CONF_PATH + file_scripts.TEST_SUFFIX)
    return refusal_reasons(result) if result is not None else ()


def refusal_reasons(result: CommandResult) -> tuple[str, ...]:
    """The lines in which corosync gives its reason, cleaned, with the file's real name, at most six."""
    text = clean(result.stderr + b"\n" + result.stdout, limit=20000)
    for suffix in (file_scripts.TEST_SUFFIX, file_scripts.STAGED_SUFFIX):
        text = text.replace(suffix, "")
    lines = [line.strip()[:400] for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not any(talk in line for talk in _NOISE) and " notice " not in line]
    return tuple(lines[:_LINES])

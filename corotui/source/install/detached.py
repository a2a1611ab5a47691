"""A command that runs to its end even if the connection is lost. A package manager must not be cut off half way."""

from __future__ import annotations

from corotui.cluster.quoting import quote


def detached_command(text: str, folder: str) -> str:
    """The command line that runs `text` in a session of its own, prints its output live and returns its exit code.

    Output and exit code are also kept in `folder` (created, owned by root) as the files "log" and "code".
    """
    inner = f"trap '' HUP INT TERM PIPE; ( {text} ) >log 2>&1 </dev/null; echo $? >code.new; mv code.new code"
    return (
        f"mkdir -p -m 0700 {quote(folder)} && cd {quote(folder)} && rm -f code && : >log && "
        f"{{ setsid sh -c {quote(inner)} >/dev/null 2>&1 </dev/null & }} && "
        'tail --pid=$! -s 0.2 -n +1 -f log; exit "$(cat code)"'
    )

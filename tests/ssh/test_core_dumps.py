"""No password reaches a core dump: the process has none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

STATE = """
import ctypes, resource, sys
import corotui.__main__ as program
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
sys.argv = ["corotui", "--version"]
try:
    program.main()
except SystemExit:
    pass
print("state", resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
"""


def test_the_command_line_turns_core_dumps_off_before_anything_else() -> None:
    done = subprocess.run([sys.executable, "-c", STATE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "state 0 0"


def test_an_abort_leaves_no_core(tmp_path: Path) -> None:
    script = STATE + "import os; os.abort()"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.DEVNULL)
    _, status = os.waitpid(process.pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []

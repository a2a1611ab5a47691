"""From a fresh clone to a place where corotui runs: a virtual environment beside the code, and the system packages.

It uses the standard library only, since it runs before anything is installed. It never touches the system's own Python,
which may be managed by the distribution (PEP 668).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from corotui.cluster.text.outgoing import outgoing_text

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
MIN_PYTHON = (3, 11)


def run_in_venv(module: str, arguments: Sequence[str], *, extra: str = "", packages: Sequence[str] = ()) -> NoReturn:
    """Replaces this process by `python -m MODULE ARGUMENTS` in the checkout's .venv, which is created or updated first.

    `extra` is an optional group of pyproject.toml to install as well. `packages` are Debian packages that the work
    needs; those that are missing are named, confirmed once (or by --yes among the arguments) and installed. Exits with
    1 if an installation fails and with 4 if the operator declines.
    """
    if sys.version_info < MIN_PYTHON:
        _stop(4, f"corotui needs Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer; this is {sys.version.split()[0]}.")
    if not (CHECKOUT / "pyproject.toml").exists():
        _stop(1, "corotui is installed without its dependencies. Install it again: python3 -m pip install corotui")
    python = VENV / "bin" / "python"
    wanted = [name for name in packages if not _installed(name)]
    if not python.exists() and not _can_make_environments():
        wanted.insert(0, "python3-venv")
    if wanted:
        _install_packages(wanted, yes="--yes" in arguments)
    if not (VENV / "bin" / "pip").exists():  # pip comes last, so a half made one is made again
        _say(f"Making {VENV} …")
        _run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made")
    if not _is_up_to_date(extra):
        _say("Installing corotui's libraries into it …")
        target = f"{CHECKOUT}[{extra}]" if extra else str(CHECKOUT)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-q", "-e", target]
        _run(pip, "the libraries could not be installed")
        _install_stamp(extra).write_text(_pyproject_digest())
    os.execv(python, [str(python), "-m", module, *arguments])  # noqa: S606 - no shell is the point


def is_running_in_venv(extra: str = "") -> bool:
    """Whether this Python is the checkout's .venv and has all that pyproject.toml asks for."""
    return Path(sys.prefix) == VENV and _is_up_to_date(extra)


def _is_up_to_date(extra: str) -> bool:
    return _install_stamp(extra).exists() and _install_stamp(extra).read_text() == _pyproject_digest()


def _install_stamp(extra: str) -> Path:
    return VENV / f"corotui-installed-{extra or 'plain'}"


def _pyproject_digest() -> str:
    return hashlib.sha256((CHECKOUT / "pyproject.toml").read_bytes()).hexdigest()


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() == "installed"


def _can_make_environments() -> bool:
    # Debian's python3 without python3-venv has the module venv and lacks ensurepip, without which there is no pip.
    return subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0


def _install_packages(names: Sequence[str], *, yes: bool) -> None:
    words = " ".join(names)
    if shutil.which("apt-get") is None:
        _stop(
            4, f"This needs {words}, and there is no apt-get here. Install what your system calls them, then try again."
        )
    become = [] if os.geteuid() == 0 else ["sudo"]
    if become and shutil.which("sudo") is None:
        _stop(4, f"This needs {words}. Install them as root: apt-get install {words}")
    if not yes:
        if not sys.stdin.isatty():
            _stop(4, f"This needs {words}. Nobody is there to ask; --yes installs them.")
        _say(f"This needs {words} from your distribution.")
        _say(f"  {' '.join([*become, 'apt-get install -y', words])}")
        if input("Install them now? [y/N] ").strip().lower() not in ("y", "yes"):
            _stop(4, "Nothing was installed.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = [*become, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    _run([*apt, "update"], "apt-get update failed", environment)
    _run([*apt, "install", "-y", "--no-install-recommends", *names], f"{words} could not be installed", environment)


def _run(words: Sequence[str], failure: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        _say(done.stdout[-4000:])
        _stop(1, f"{failure[0].upper()}{failure[1:]} (`{' '.join(words[:6])} …` returned {done.returncode}).")


def _say(text: str) -> None:
    sys.stderr.write(f"{outgoing_text(text)}\n")
    sys.stderr.flush()


def _stop(code: int, text: str) -> NoReturn:
    _say(text)
    sys.exit(code)

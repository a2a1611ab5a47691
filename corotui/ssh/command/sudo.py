"""Explains why sudo did not run a command."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SudoFailure:
    """Why sudo did not run a command, and what to do about it."""

    what: str
    """One sentence without a full stop, as in CorotuiError."""
    next_step: str
    """What the operator can do now."""


# (pattern in the output, what, next step); {user} is the login. Messages of sudo 1.8 and 1.9 with LC_ALL=C.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"must have a tty|no tty present",
        "sudo there wants a terminal (requiretty), which corotui does not use",
        "Take `requiretty` out of sudoers there: `Defaults:{user} !requiretty`.",
    ),
    (
        r"sudo['\"‘’]?: (No such file|Permission denied)|sudo: (command )?not found",
        "there is no sudo",
        "Install sudo there, or log in as root.",
    ),
    (
        r"is not in the sudoers file|may not run sudo",
        "{user} may not use sudo there",
        "Put {user} into the group that may (sudo on Debian, wheel on RHEL and SUSE), or log in as another user.",
    ),
    (
        r"is not allowed to execute|not allowed to run",
        "sudo does not let {user} run a shell there",
        "corotui runs `sh` through sudo: allow {user} ALL in sudoers there, or log in as another user.",
    ),
    (
        r"account validation failure|account (is|has) (locked|expired)|password expired|account or password is expired",
        "sudo says that the account {user} is locked or expired",
        "Set a new password there, or log in as another user.",
    ),
    (
        r"sudoers.*(syntax error|world writable|is owned by|should be)|effective uid is not 0|setuid root",
        "sudo there does not work",
        "Log in there and run `sudo true`.",
    ),
    (
        r"unable to (open|stat|initialize).*(sudoers|policy)|no new privileges",
        "sudo there does not work",
        "Log in there and run `sudo true`.",
    ),
    (
        r"incorrect password|no password was provided|a password is required|timed out reading password",
        "sudo did not take the password of {user}",
        "Try again with the right password, or allow {user} to use sudo without one.",
    ),
)


def says_wrong_password(output: str) -> bool:
    """Whether sudo says that the last password was wrong: "3 incorrect password attempts" (sudo 1.8 and 1.9)."""
    return re.search(r"incorrect password", output, re.IGNORECASE) is not None


def explain_failure(output: str, user: str) -> SudoFailure:
    """Returns why sudo ended without running the command. `output` is its output."""
    for pattern, what, next_step in _KNOWN:
        if re.search(pattern, output, re.IGNORECASE | re.DOTALL):
            return SudoFailure(what.format(user=user), next_step.format(user=user))
    last = " ".join(output.split())[-300:]
    what = f"sudo ran nothing and said: {last}" if last else "sudo ran nothing and said nothing"
    return SudoFailure(what, "Log in there and run `sudo true`.")

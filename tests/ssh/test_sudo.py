"""What sudo says when it does not run a command. Outputs of sudo 1.8.6 (RHEL 6), 1.8.31, 1.9.5 and 1.9.13."""

from __future__ import annotations

import pytest

from corotui.ssh.command.sudo import explain_failure


@pytest.mark.parametrize(
    ("output", "phrase"),
    [
        ("sudo: sorry, you must have a tty to run sudo\n", "wants a terminal"),
        ("env: 'sudo': No such file or directory\n", "there is no sudo"),
        ("env: sudo: No such file or directory\n", "there is no sudo"),
        ("env: ‘sudo’: No such file or directory\n", "there is no sudo"),
        ("eva is not in the sudoers file.\n", "eva may not use sudo"),
        ("eva is not in the sudoers file.  This incident will be reported.\n", "eva may not use sudo"),
        ("Sorry, user eva may not run sudo on node1.\n", "eva may not use sudo"),
        (
            "Sorry, user eva is not allowed to execute '/usr/bin/sh -c true' as root on node1.\n",
            "does not let eva run a shell",
        ),
        ("sudo: account validation failure, is your account locked?\n", "locked or expired"),
        ("sudo: Account or password is expired, reset your password and try again\n", "locked or expired"),
        ("sudo: /etc/sudoers is world writable\nsudo: no valid sudoers sources found, quitting\n", "does not work"),
        ("/etc/sudoers:3:9: syntax error\nsudo: no valid sudoers sources found, quitting\n", "does not work"),
        ("sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set\n", "not work"),
        ("sudo: 3 incorrect password attempts\n", "did not take the password"),
        ("sudo: no password was provided\nsudo: a password is required\n", "did not take the password"),
        ("sudo: timed out reading password\n", "did not take the password"),
        ("", "said nothing"),
        ("sudo: the moon is full\n", "said: sudo: the moon is full"),
    ],
)
def test_each_refusal_is_explained(output: str, phrase: str) -> None:
    failure = explain_failure(output, "eva")
    assert phrase in failure.what
    assert failure.next_step.endswith(".")
    assert "{" not in failure.what + failure.next_step

"""Scripts that replace files on a node in a transaction. Each can be run again without harm.

While a rollout runs, three files may be beside each target: `.corotui-new-ID` (staged), `.corotui-test-ID` (the
configuration for the test, with the staged key) and `.corotui-previous` (the target before the commit). ID is the
rollout's own: two rollouts never write the same staged file. It is the first argument of each script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.cluster.text.bounded import lines_of
from corotui.errors import WorkError
from corotui.ssh.lock.scripts import IS_HELD
from corotui.ssh.remote_script import RemoteScript
from corotui.ssh.shell import CommandResult

_STAGED_SUFFIX = ".corotui-new"
_TEST_SUFFIX = ".corotui-test"
PREVIOUS_SUFFIX = ".corotui-previous"
EXIT_FOREIGN_FILE = 3
"""Exit code of COMMIT and ROLL_BACK: a file is neither the one from before nor the one that was written."""
EXIT_NOT_HELD = 5
"""Exit code of COMMIT and ROLL_BACK: the lock of the node is not held with the given token any more."""
NO_LOCK = "-"
"""In place of a token: the caller holds no lock."""
TIMEOUT = 30.0  # seconds for one script


_MAX_SUMMED = 16 << 20  # bytes; a device or a log that a configuration names as its key would be read for ever
# A rename is on the disk only once its directory is; `sync -f` came with coreutils 8.24.
PREAMBLE = f"""\
shift
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
new={_STAGED_SUFFIX}${{1:+-$1}} test={_TEST_SUFFIX}${{1:+-$1}} previous={PREVIOUS_SUFFIX}
shift
sum() {{
  if [ -f "$1" ] && [ "$(wc -c < "$1")" -le {_MAX_SUMMED} ]; then
    s=$(sha256sum < "$1") || s=unreadable
    echo "${{s%% *}}"
  elif [ -e "$1" ] || [ -L "$1" ]; then
    echo unreadable
  else
    echo -
  fi
}}
owner_of() {{ [ -f "$1" ] && stat -L -c '%a %u %g' "$1"; }}
say_sum() {{ printf 'sum %s %s\\n' "$1" "$(sum "$1")"; }}
settle() {{ sync -f "${{1%/*}}" 2>/dev/null || sync; }}
"""

PREPARE = RemoteScript(
    PREAMBLE
    + """\
first=$1 key=
while [ $# -gt 0 ] && [ "$1" != in ]; do
  key=$1
  for left in "$1".corotui-new* "$1".corotui-test*; do
    [ -e "$left" ] && rm -f "$left" && printf 'left %s\\n' "$left"
  done
  say_sum "$1"
  shift
done
[ $# -gt 0 ] && shift
for d in "$@"; do
  [ -d "$d" ] && continue
  mode=0755
  case $d in /var/log/*) mode=0750 ;; esac
  if [ "$d" = "${key%/*}" ] && [ "$d" != "${first%/*}" ]; then mode=0700; fi
  mkdir "$d" && chmod "$mode" "$d" || exit 1
done
exit 0
""",
    timeout=TIMEOUT,
    name="prepare",
)
"""`prepare ID CONF KEY in DIR …`: removes what other rollouts left beside the two files ("left PATH" for each), prints
"sum FILE SHA256", and creates the missing directories, upper ones first. Only root gets into a directory of the key's
own. Only for who holds the node's lock: then no other rollout runs."""

SUMS = RemoteScript(PREAMBLE + 'for t in "$@"; do say_sum "$t"; done\n', timeout=TIMEOUT, name="sums")
"""`sums ID TARGET …`: prints "sum TARGET SHA256" for each target."""

KEYGEN = RemoteScript(
    PREAMBLE
    + """\
rm -f "$1$new"
if [ "$2" = tool ]; then
  corosync-keygen -l -k "$1$new" >/dev/null || exit 1
else
  dd if=/dev/urandom of="$1$new" bs=128 count=1 2>/dev/null || exit 1
fi
chmod 0400 "$1$new" || exit 1
settle "$1"
say_sum "$1$new"
""",
    timeout=TIMEOUT,
    name="keygen",
)
"""`keygen ID TARGET tool|random`: makes a key beside the target. corosync-keygen -l does not wait for entropy."""

COMMIT = RemoteScript(
    PREAMBLE
    + IS_HELD
    + f"""\
set -e
is_held "$1" || exit {EXIT_NOT_HELD}
shift
bad=0 targets=$#
while [ $targets -ge 3 ]; do
  t=$1 before=$2 after=$3
  shift 3
  targets=$((targets - 3))
  if [ -e "$t$new" ]; then
    now=$(sum "$t")
    if [ "$before" != any ] && [ "$now" != "$before" ] && [ "$now" != "$after" ]; then
      printf 'strange %s %s\\n' "$t" "$now"
      bad={EXIT_FOREIGN_FILE}
    fi
  fi
  set -- "$@" "$t"
done
[ "$bad" = 0 ] || exit "$bad"
for t in "$@"; do
  [ -e "$t$new" ] || continue
  if [ -e "$t" ]; then
    ln -f "$t" "$t$previous" 2>/dev/null || cp -p "$t" "$t$previous"
  else
    rm -f "$t$previous"
  fi
  mv -f "$t$new" "$t"
  if command -v restorecon >/dev/null 2>&1; then restorecon "$t" 2>/dev/null || true; fi
done
for t in "$@"; do
  rm -f "$t$test"
  settle "$t"
  say_sum "$t"
done
""",
    timeout=TIMEOUT,
    name="commit",
)
"""`commit ID TOKEN TARGET BEFORE AFTER …`: replaces each target by its staged file, keeps the old one as
`.corotui-previous`, prints "sum TARGET SHA256".

BEFORE and AFTER are sha256 sums, "-" for no file; BEFORE "any" compares nothing. A target that is neither is
"strange TARGET SHA256", and nothing is replaced. A target without a staged file is not touched, so that a second run
changes nothing. TOKEN is that of the node's lock."""

ROLL_BACK = RemoteScript(
    PREAMBLE
    + IS_HELD
    + f"""\
is_held "$1" || exit {EXIT_NOT_HELD}
shift
bad=0
while [ $# -ge 3 ]; do
  t=$1 before=$2 after=$3
  shift 3
  now=$(sum "$t")
  if [ "$now" = "$before" ]; then
    rm -f "$t$previous"
  elif [ "$now" = "$after" ] && [ "$before" = - ]; then
    rm -f "$t"
  elif [ "$now" = "$after" ] && [ "$(sum "$t$previous")" = "$before" ]; then
    mv -f "$t$previous" "$t"
  else
    printf 'strange %s %s\\n' "$t" "$now"
    bad={EXIT_FOREIGN_FILE}
  fi
  rm -f "$t$new" "$t$test"
  settle "$t"
  say_sum "$t"
done
exit $bad
""",
    timeout=TIMEOUT,
    name="put-back",
)
"""`put-back ID TOKEN TARGET BEFORE AFTER …`: undoes commit and staging; BEFORE and AFTER are sha256 sums, "-" for no
file. Only the file that this rollout wrote is replaced or removed. Any other stays; then it prints "strange TARGET
SHA256" and exits with 3. TOKEN is that of the node's lock."""

UNSTAGE = RemoteScript(
    PREAMBLE
    + """\
while [ $# -gt 0 ] && [ "$1" != in ]; do
  rm -f "$1$new" "$1$test"
  shift
done
[ $# -gt 0 ] && shift
log=${1:-}
[ $# -gt 0 ] && shift
for d in "$@"; do
  [ "$d" = "${log%/*}" ] && rm -f "$log"
  rmdir "$d" 2>/dev/null
done
exit 0
""",
    timeout=TIMEOUT,
    name="unstage",
)
"""`unstage ID TARGET … in LOGFILE DIR …`: removes what staging and testing made: staged files, and the directories DIR
if they contain nothing but the log of the test."""

DROP_PREVIOUS = RemoteScript(PREAMBLE + 'for t in "$@"; do rm -f "$t$previous"; done\n', timeout=TIMEOUT, name="forget")
"""`forget ID TARGET …`: removes the previous files. An old key is of no use once the ring runs with the new one."""


def staged_path(path: str, file_id: str) -> str:
    """Returns the path of the staged file of a target."""
    return f"{path}{_STAGED_SUFFIX}{'-' if file_id else ''}{file_id}"


def candidate_path(path: str, file_id: str) -> str:
    """Returns the path of the file with which a target is tested."""
    return f"{path}{_TEST_SUFFIX}{'-' if file_id else ''}{file_id}"


def expect_done(result: CommandResult) -> CommandResult:
    """Returns the result of COMMIT or ROLL_BACK.

    Raises WorkError if the script found a file of somebody else or the lock lost, CommandError if it failed.
    """
    if result.exit_code == EXIT_NOT_HELD:
        raise WorkError("the lock on the node was lost", node=result.node)
    if result.exit_code == EXIT_FOREIGN_FILE:
        fields = [line.split(" ") for line in lines_of(result.text) if line.startswith("strange ")]
        foreign = ", ".join(field[1] for field in fields if len(field) > 1)
        raise WorkError(f"{foreign} was changed by somebody else; left as it is", node=result.node)
    return result.expect()


def parse_leftovers(output: str) -> tuple[str, ...]:
    """Parses lines "left PATH": the files that PREPARE removed."""
    return tuple(line.partition(" ")[2] for line in lines_of(output) if line.startswith("left "))


OWNER = RemoteScript(PREAMBLE + 'owner_of "$1"\n', timeout=TIMEOUT, name="owner")
"""`owner ID FILE`: prints mode, user and group of a file as numbers, nothing if there is none."""


@dataclass(frozen=True, slots=True)
class FileOwner:
    """Mode and owner of a file."""

    mode: int
    """Permission bits."""
    uid: int
    """Number of the owner."""
    gid: int
    """Number of the group."""


def parse_owner(output: str) -> FileOwner | None:
    """Parses `MODE UID GID`; None if the output is anything else."""
    match = re.fullmatch(r"([0-7]{1,4}) ([0-9]{1,10}) ([0-9]{1,10})", output.strip())
    return None if match is None else FileOwner(int(match[1], 8), int(match[2]), int(match[3]))


def parse_sums(output: str) -> dict[str, str]:
    """Parses lines "sum PATH SHA256" to path -> sha256 ("-" for no file); other lines are ignored."""
    sums: dict[str, str] = {}
    for line in lines_of(output):
        fields = line.split(" ")
        if len(fields) == 3 and fields[0] == "sum":
            sums[fields[1]] = fields[2]
    return sums

"""Scripts that replace files on a node in a transaction. Each can be run again without harm.

While a rollout runs, three files may be beside each target: `.corotui-new` (staged), `.corotui-test` (the configuration
for the test, with the staged key) and `.corotui-previous` (the target before the commit).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.ssh.remote_script import RemoteScript

STAGED_SUFFIX = ".corotui-new"
TEST_SUFFIX = ".corotui-test"
PREVIOUS_SUFFIX = ".corotui-previous"
EXIT_FOREIGN_FILE = 3
"""Exit code of ROLL_BACK: a file is neither the one from before nor the one that was written."""
TIMEOUT = 30.0  # seconds for one script


_MAX_SUMMED = 16 << 20  # bytes; a device or a log that a configuration names as its key would be read for ever
# A rename is on the disk only once its directory is; `sync -f` came with coreutils 8.24.
PREAMBLE = f"""\
shift
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
new={STAGED_SUFFIX} test={TEST_SUFFIX} previous={PREVIOUS_SUFFIX}
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
  rm -f "$1$new" "$1$test"
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
"""`prepare CONF KEY in DIR …`: removes what an earlier rollout left beside the two files, prints "sum FILE SHA256" for
each, and creates the missing directories, upper ones first. Only root gets into a directory of the key's own."""

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
"""`keygen TARGET tool|random`: makes a key beside the target. corosync-keygen -l does not wait for entropy."""

COMMIT = RemoteScript(
    PREAMBLE
    + """\
set -e
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
"""`commit TARGET …`: replaces each target by its staged file and keeps the old one as `.corotui-previous`.
A target without a staged file is not touched, so that a second run changes nothing. Prints "sum TARGET SHA256"."""

ROLL_BACK = RemoteScript(
    PREAMBLE
    + f"""\
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
    printf 'strange %s\\n' "$t"
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
"""`put-back TARGET BEFORE AFTER …`: undoes commit and staging; BEFORE and AFTER are sha256 sums, "-" for no file.
Only the file that this rollout wrote is replaced or removed. Any other stays; then it prints "strange TARGET" and exits
with 3."""

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
"""`unstage TARGET … in LOGFILE DIR …`: removes what staging and testing made: staged files, and the directories DIR if
they contain nothing but the log of the test."""

DROP_PREVIOUS = RemoteScript(PREAMBLE + 'for t in "$@"; do rm -f "$t$previous"; done\n', timeout=TIMEOUT, name="forget")
"""`forget TARGET …`: removes the previous files. An old key is of no use once the ring runs with the new one."""


OWNER = RemoteScript(PREAMBLE + 'owner_of "$1"\n', timeout=TIMEOUT, name="owner")
"""`owner FILE`: prints mode, user and group of a file as numbers, nothing if there is none."""


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
    for line in output.splitlines():
        fields = line.split(" ")
        if len(fields) == 3 and fields[0] == "sum":
            sums[fields[1]] = fields[2]
    return sums

"""The files of a transaction on a node, and the sh scripts that move them. Every script can be run again.

Beside each target lie, while a rollout runs: `.corotui-new` (staged), `.corotui-test` (the configuration as it is
tried, with the staged key), `.corotui-previous` (what the target was before the commit).
"""

from __future__ import annotations

from corotui.ssh.remote_script import RemoteScript

STAGED_SUFFIX = ".corotui-new"
TEST_SUFFIX = ".corotui-test"
PREVIOUS_SUFFIX = ".corotui-previous"
EXIT_FOREIGN_FILE = 3  # exit code of ROLL_BACK: a file is neither what it was nor what was written
TIMEOUT = 30.0  # seconds for one script


# A rename is on the disk only when its directory is; `sync -f` is not everywhere (coreutils 8.24).
PREAMBLE = f"""\
shift
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
new={STAGED_SUFFIX} test={TEST_SUFFIX} previous={PREVIOUS_SUFFIX}
sum() {{
  if [ -e "$1" ]; then
    s=$(sha256sum < "$1") || s=unreadable
    echo "${{s%% *}}"
  else
    echo -
  fi
}}
say_sum() {{ printf 'sum %s %s\\n' "$1" "$(sum "$1")"; }}
settle() {{ sync -f "${{1%/*}}" 2>/dev/null || sync; }}
"""

PREPARE = RemoteScript(
    PREAMBLE
    + """\
while [ $# -gt 0 ] && [ "$1" != in ]; do
  rm -f "$1$new" "$1$test"
  say_sum "$1"
  shift
done
[ $# -gt 0 ] && shift
for d in "$@"; do
  [ -d "$d" ] && continue
  case $d in /var/log/*) mode=0750 ;; *) mode=0755 ;; esac
  mkdir -p "$d" && chmod "$mode" "$d" || exit 1
done
exit 0
""",
    timeout=TIMEOUT,
    name="prepare",
)
"""`prepare TARGET … in DIR …`: removes what an earlier rollout left beside the targets, prints "sum TARGET SHA256",
makes directories that are missing."""

KEYGEN = RemoteScript(
    PREAMBLE
    + """\
[ -d "${1%/*}" ] || mkdir -p "${1%/*}" || exit 1
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
"""`keygen TARGET tool|random`: makes a key beside the target. With `-l` the tool never waits for entropy."""

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
"""`commit TARGET …`: puts the staged file of each target into its place; what was there stays as `.corotui-previous`.
A target without a staged file is left alone, so that a second run changes nothing. Prints "sum PATH SHA256"."""

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
Only a file that is the one this rollout wrote is replaced or removed; any other is left, with "strange PATH" and exit
code 3."""

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
"""`unstage TARGET … in LOGFILE DIR …`: removes what staging and testing left: staged files, and the directories DIR
if nothing lies in them but the log that the test began."""

DROP_PREVIOUS = RemoteScript(PREAMBLE + 'for t in "$@"; do rm -f "$t$previous"; done\n', timeout=TIMEOUT, name="forget")
"""`forget TARGET …`: an old key is of no use once the ring runs on the new one."""


def parse_sums(output: str) -> dict[str, str]:
    """Path -> sha256 (or "-") of "sum PATH SHA256" lines; other lines are ignored."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        words = line.split(" ")
        if len(words) == 3 and words[0] == "sum":
            found[words[1]] = words[2]
    return found

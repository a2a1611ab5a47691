"""The scripts behind the lock on a node.

The lock is `flock` on a file below /run/corotui, which only root can enter. It is held by the process of one channel,
and the kernel frees it when that process ends, by whatever means. The process ends when its stdin ends (corotui ended,
or sshd noticed that the connection is gone) and when no line arrived for LEASE seconds: sshd itself never notices a
network that was lost while nothing is sent (ClientAliveInterval is 0 by default, sshd_config(5)).
"""

from __future__ import annotations

from corotui.cluster.quoting import command

LEASE = 20
"""Seconds without a line from the holder after which the node frees its lock."""
TRIES = 10
"""How often a taken lock is tried, 0.1 s apart, before it is refused: a process that was killed is gone by then."""

_FOLDER = "dir=/run/corotui; [ -d /run ] || dir=/var/run/corotui"

_HOLD = f"""\
umask 077
{_FOLDER}
command -v timeout >/dev/null 2>&1 || timeout() {{ shift; "$@"; }}
mkdir -m 700 "$dir" 2>/dev/null
if [ -L "$dir" ] || [ ! -d "$dir" ] || [ ! -O "$dir" ]; then
  echo "error $dir is not a directory of root"
  exit 1
fi
chmod 700 "$dir" || exit 1
command -v flock >/dev/null 2>&1 || {{ echo "error there is no flock, which util-linux brings"; exit 1; }}
id=$(cat /etc/machine-id 2>/dev/null || cat /var/lib/dbus/machine-id 2>/dev/null)
echo "node $id $(uname -n)"
held= last=
next() {{ line=$(timeout {LEASE} sh -c 'IFS= read -r line && printf "%s" "$line"' 9>&-); }}
save() {{
  [ "$1" = "$last" ] && return
  last=$1
  printf '%s\\n' "$1" > "$dir/holder.new" && mv -f "$dir/holder.new" "$dir/holder"
}}
while next && [ -n "$line" ]; do
  case $line in
  "take "*)
    exec 9>> "$dir/lock" || exit 1
    n=0
    until flock -n 9; do
      n=$((n + 1))
      if [ $n -ge {TRIES} ]; then
        holder=$(head -n 1 "$dir/holder" 2>/dev/null)
        printf 'busy %s\\n' "${{holder#* }}"
        exit 0
      fi
      sleep 0.1
    done
    held=yes
    save "${{line#take }}" && echo held ;;
  "hold "*) [ -n "$held" ] && save "${{line#hold }}"; echo held ;;
  esac
done
[ -n "$held" ] && rm -f "$dir/holder"
exit 0
"""

IS_HELD = f"""\
is_held() {{
  [ "$1" = - ] && return 0
  {_FOLDER}
  read -r token rest 2>/dev/null < "$dir/holder" && [ "$token" = "$1" ] && ! flock -n "$dir/lock" true
}}
"""
"""Shell function `is_held TOKEN`: whether the holder with that token has the lock now; true for "-"."""


def hold_command() -> str:
    """Returns the command that holds a node's lock.

    It prints "node MACHINE-ID NAME". Then it answers lines: "take TOKEN TEXT" with "held", or with "busy TEXT" of the
    other holder and its end; "hold TOKEN TEXT" with "held". "error WHY" means that it cannot hold a lock.
    """
    return command("sh", "-c", _HOLD, "corotui-lock")

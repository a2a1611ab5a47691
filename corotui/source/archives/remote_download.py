"""Downloads archives on the build node itself, for an operator's machine that cannot reach the projects or is far away.

curl does it, or wget; the node's own environment names a proxy. The files must match the same sha256 and are checked in
the same way as on this machine.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from corotui.cluster.quoting import command, quote
from corotui.errors import RefusedError, WorkError
from corotui.source.archives.download import (
    MAX_ARCHIVE_BYTES,
    DownloadProgress,
    OnProgress,
    VerifiedArchive,
    source_urls,
)
from corotui.source.archives.inspect import ArchiveMember, check_members
from corotui.source.compile.build_user import BuildUser
from corotui.source.releases.manifest import Release
from corotui.ssh.fanout import gather_or_raise
from corotui.ssh.shell import Shell

LIMIT = 1800.0  # seconds for one archive
PAUSE = 1.0  # seconds between looks at what has come
_LISTED = re.compile(r"([-dlhcbps])\S* \S+/\S+ +(\d+|\d+,\d+) \S+ \S+ (.+)")
_KINDS = {"-": "file", "d": "folder", "l": "symlink", "h": "hardlink"}

# $1 file, $2 sha256, $3 most bytes, then the URLs. What came before is gone on with, unless it is too much already.
SCRIPT = r"""
file=$1 sum=$2 most=$3
shift 3
proved() { [ -f "$1" ] && echo "$sum  $1" | sha256sum -c - >/dev/null 2>&1; }
proved "$file" && exit 0
come() { stat -c %s "$file.part" 2>/dev/null || echo 0; }
if [ "$(come)" -ge "$most" ]; then # nothing more can come: the end of it was not proved when it came
    if proved "$file.part"; then mv "$file.part" "$file"; exit 0; fi
    rm -f "$file.part"
fi
ulimit -f $((most / 512 + 1))
too_large() {
    [ "$(come)" -gt "$most" ] || return 1
    echo "$1: larger than the $most bytes that are expected"
    rm -f "$file.part"
    wrong=yes
}
for url; do
    case $url in https:*) redirects="=https" ;; *) redirects="=http,https" ;; esac
    if command -v curl >/dev/null 2>&1; then
        curl -fsSL --proto "=http,https,ftp" --proto-redir "$redirects" --connect-timeout 30 --speed-time 30 \
            --speed-limit 1 -C - -o "$file.part" "$url" || { too_large "$url"; continue; }
    elif command -v wget >/dev/null 2>&1; then
        # wget cannot be kept from going on to plain http
        case $url in https:*) echo "curl is not there for $url"; continue ;; esac
        wget -q -c -T 30 -t 2 -O "$file.part" "$url" || { too_large "$url"; continue; }
    else
        echo "neither curl nor wget is there"
        exit 3
    fi
    if proved "$file.part"; then mv "$file.part" "$file"; exit 0; fi
    echo "$url: another file than the one that is known"
    rm -f "$file.part"
    wrong=yes
done
[ -n "${wrong:-}" ] && exit 4
exit 1
"""


async def fetch_on_node(
    shell: Shell,
    account: BuildUser,
    releases: Sequence[Release],
    *,
    mirror: str = "",
    on_progress: OnProgress = lambda _: None,
) -> tuple[VerifiedArchive, ...]:
    """Downloads all archives at once onto the node and returns them in the given order.

    Raises RefusedError and WorkError as `fetch` does.
    """
    folder = f"{account.build_folder}/archives"
    created = await shell.run(account.command(f"umask 077; mkdir -p {quote(folder)}"))
    created.expect()
    began = time.monotonic()
    work = asyncio.ensure_future(
        gather_or_raise([_one(shell, account, release, folder, mirror) for release in releases])
    )
    try:
        while not (await asyncio.wait({work}, timeout=PAUSE))[0]:
            listed = await shell.run(account.command(f"cd {quote(folder)} && stat -c '%s %n' *.part 2>/dev/null; :"))
            for release in releases:
                come = re.search(rf"^(\d{{1,12}}) {release.sha256}-", listed.text, re.MULTILINE)
                if come is not None:
                    on_progress(DownloadProgress(release, int(come[1]), release.size or None, time.monotonic() - began))
        return work.result()
    finally:
        work.cancel()
        await asyncio.wait({work})


async def _one(shell: Shell, account: BuildUser, release: Release, folder: str, mirror: str) -> VerifiedArchive:
    path = f"{folder}/{release.sha256}-{release.archive}"
    urls = [url for url in source_urls(release, mirror) if re.match(r"(https?|ftp)://", url)]
    most = release.size or MAX_ARCHIVE_BYTES
    line = account.command(command("sh", "-s", "--", path, release.sha256, str(most), *urls))
    result = await shell.run(line, stdin=SCRIPT.encode(), timeout=LIMIT)
    if not result.ok:
        output = " ".join((result.text + " " + result.error_text).split())[-300:]
        message = f"{release.archive} could not be had: {output or 'no source has it'}."
        again = "Name a --mirror that has it, or let this machine fetch it: leave --fetch-on-node out."
        if result.exit_code == 4:
            raise RefusedError(
                message, node=shell.node, changed="It was removed; nothing was unpacked.", next_step=again
            )
        raise WorkError(message, node=shell.node, changed="What came is kept.", next_step=again)
    listing = await shell.run(account.command(command("tar", "-tvf", path)), timeout=120, limit=8 << 20)
    try:
        if not listing.ok or listing.truncated:
            raise RefusedError(f"{release.archive} cannot be read as a tar archive.", node=shell.node)
        contents = check_members(parse_tar_listing(listing.text), release)
    except RefusedError:
        await shell.run(account.command(command("rm", "-f", path)))
        raise
    return VerifiedArchive(release, Path(), contents, path)


def parse_tar_listing(listing: str) -> Iterator[ArchiveMember]:
    """The members that `tar -tv` lists. A line that cannot be parsed counts as a member that must not be unpacked."""
    for line in listing.splitlines():
        match = _LISTED.fullmatch(line)
        if match is None:
            yield ArchiveMember(line, "other")
            continue
        kind = _KINDS.get(match[1], "other")
        name, target = match[3], ""
        if kind == "symlink":
            name, _, target = name.partition(" -> ")
        elif kind == "hardlink":
            name, _, target = name.partition(" link to ")
        yield ArchiveMember(name, kind, int(match[2]) if match[2].isdigit() else 0, target)

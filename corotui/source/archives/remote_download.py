"""Downloads archives on the build node itself, for an operator's machine that cannot reach the projects or is far away.

curl does it, or wget; the node's own environment names a proxy. The files must match the same sha256, and a copy of
them is inspected on this machine, so that there is one inspection.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corotui.cluster.events import Purpose
from corotui.cluster.quoting import command, quote
from corotui.cluster.text.bounded import lines_of
from corotui.errors import RefusedError, WorkError
from corotui.source.archives.download import (
    DOWNLOAD_SECONDS,
    MAX_ARCHIVE_BYTES,
    DownloadProgress,
    OnProgress,
    VerifiedArchive,
    source_urls,
)
from corotui.source.archives.inspect import ArchiveContents, inspect_archive
from corotui.source.compile.build_user import BuildUser
from corotui.source.releases.manifest import Release
from corotui.ssh.fanout import gather_or_raise
from corotui.ssh.shell import Shell

SPARE = 60.0  # seconds that the script gets beside what its downloads may take
PAUSE = 1.0  # seconds between looks at what has come
PIECE = 1 << 20  # bytes of an archive that are brought to this machine at a time
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")

# $1 file, $2 sha256, $3 most bytes, $4 seconds for all of it, then the URLs. What came before is gone on with, unless
# it is too much already.
SCRIPT = r"""
file=$1 sum=$2 most=$3 end=$(($(date +%s) + $4))
shift 4
proved() { [ -f "$1" ] && echo "$sum  $1" | sha256sum -c - >/dev/null 2>&1; }
proved "$file" && exit 0
come() { stat -c %s "$file.part" 2>/dev/null || echo 0; }
if [ "$(come)" -ge "$most" ]; then # nothing more can come: the end of it was not proved when it came
    if proved "$file.part"; then mv "$file.part" "$file"; exit 0; fi
    rm -f "$file.part"
fi
ulimit -f $((most / 512 + 1))
failed() { # $1 URL, $2 exit code
    if [ "$(come)" -gt "$most" ]; then
        echo "$1: larger than the $most bytes that are expected"
        rm -f "$file.part"
        wrong=yes
    elif [ "$2" = 124 ]; then
        echo "$1: too slow, it did not come within the time limit"
    fi
}
for url; do
    left=$((end - $(date +%s)))
    [ "$left" -gt 0 ] || break
    case $url in https:*) redirects="=https" ;; *) redirects="=http,https" ;; esac
    if command -v curl >/dev/null 2>&1; then
        timeout "$left" curl -q -fsSL --proto "=http,https,ftp" --proto-redir "$redirects" --max-redirs 5 \
            --connect-timeout 30 --speed-time 30 --speed-limit 1 -C - -o "$file.part" "$url" ||
            { failed "$url" $?; continue; }
    elif command -v wget >/dev/null 2>&1; then
        # wget cannot be kept from going on to plain http
        case $url in https:*) echo "curl is not there for $url"; continue ;; esac
        timeout "$left" wget --no-config -q -c -T 30 -t 2 --max-redirect=5 -O "$file.part" "$url" ||
            { failed "$url" $?; continue; }
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
    created = await shell.run(account.command(f"mkdir -p {quote(folder)}"), privileged=True)
    created.expect()
    proxies = await _proxies(shell)
    began = time.monotonic()
    work = asyncio.ensure_future(
        gather_or_raise([_Transfer(shell, account, release, folder).fetch(mirror, proxies) for release in releases])
    )
    listing = account.command(f"cd {quote(folder)} && stat -c '%s %n' *.part 2>/dev/null; :")
    try:
        while not (await asyncio.wait({work}, timeout=PAUSE))[0]:
            listed = await shell.run(listing, privileged=True)
            for release in releases:
                come = re.search(rf"^(\d{{1,12}}) {release.sha256}-", listed.text, re.MULTILINE)
                if come is not None:
                    on_progress(DownloadProgress(release, int(come[1]), release.size or None, time.monotonic() - began))
        return work.result()
    finally:
        work.cancel()
        await asyncio.wait({work})


async def _proxies(shell: Shell) -> str:
    """sh lines that set the proxies of ssh's user, "" without any. sudo would drop them; they may hold a password."""
    names = " ".join(f'"${{{name}:-${{{name.upper()}:-}}}}"' for name in _PROXIES)
    asked = await shell.run(f"printf '%s\\n' {names}", purpose=Purpose.SECRET)
    values = lines_of(asked.expect().text)
    return "".join(
        f"{name}={quote(value)}; export {name}\n" for name, value in zip(_PROXIES, values, strict=False) if value
    )


class _Transfer:
    """The download of one archive on the node."""

    def __init__(self, shell: Shell, account: BuildUser, release: Release, folder: str) -> None:
        self.shell = shell
        self.account = account
        self.release = release
        self.path = f"{folder}/{release.sha256}-{release.archive}"

    async def fetch(self, mirror: str, proxies: str) -> VerifiedArchive:
        """Downloads the archive and inspects it. One that must not be unpacked is removed from the node."""
        release = self.release
        urls = [url for url in source_urls(release, mirror) if re.match(r"(https?|ftp)://", url)]
        most = str(release.size or MAX_ARCHIVE_BYTES)
        words = ("sh", "-s", "--", self.path, release.sha256, most, str(int(DOWNLOAD_SECONDS)), *urls)
        result = await self.shell.run(
            self.account.command(command(*words)),
            stdin=(proxies + SCRIPT).encode(),
            privileged=True,
            timeout=DOWNLOAD_SECONDS + SPARE,
            limit=1 << 16,
            purpose=Purpose.SECRET if proxies else Purpose.WORK,
        )
        if not result.ok:
            output = " ".join((result.text + " " + result.error_text).split())[-300:]
            message = f"{release.archive} could not be had: {output or 'no source has it'}."
            again = "Name a --mirror that has it, or let this machine fetch it: leave --fetch-on-node out."
            node = self.shell.node
            if result.exit_code == 4:
                removed = "It was removed; nothing was unpacked."
                raise RefusedError(message, node=node, changed=removed, next_step=again)
            raise WorkError(message, node=node, changed="What came is kept.", next_step=again)
        try:
            contents = await self._inspect()
        except RefusedError as refused:
            refused.node = self.shell.node
            await self.shell.run(self.account.command(command("rm", "-f", self.path)), privileged=True)
            raise
        return VerifiedArchive(release, Path(), contents, self.path)

    async def _inspect(self) -> ArchiveContents:
        """Brings a copy of the archive to this machine, in pieces, and inspects it there."""
        most = self.release.size or MAX_ARCHIVE_BYTES
        with tempfile.TemporaryDirectory(prefix="corotui-") as folder:
            copy = Path(folder) / "archive"
            with copy.open("xb") as file:
                while file.tell() <= most:
                    words = command("tail", "-c", f"+{file.tell() + 1}", self.path)
                    line = self.account.command(f"{words} | head -c {PIECE}")
                    piece = await self.shell.run(line, privileged=True, timeout=120, limit=PIECE)
                    if not piece.expect().stdout:
                        break
                    file.write(piece.stdout)
            return await asyncio.to_thread(inspect_archive, copy, self.release)

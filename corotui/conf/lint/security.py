"""Encryption, keys, and the two options that identify the file: cluster_name and config_version."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.constants import AUTHKEY_PATH
from corotui.conf.daemon.validation.authkey import effective_crypto
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.diagnostics.severity import Severity
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import option_line

_WEAK = ("md5", "sha1", "3des")


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about encryption, keys and the identity of the file."""
    document, cmap = context.document, context.cmap
    totem = context.sections_at("totem")
    if not totem:
        return
    head = document.lines[totem[0].open_index]
    cipher, digest = effective_crypto(cmap, context.release)
    if context.release.grammar >= 2 and (cipher, digest) == ("none", "none"):
        knet = context.transport == "knet"
        why = "Anyone in the network can read the ring's traffic and join it."
        if knet:
            why += " Set crypto_cipher: aes256 and crypto_hash: sha256; all nodes need the same authkey then."
        place = option_line(document, "totem.crypto_cipher") or option_line(document, "totem.secauth") or head
        severity = Severity.WARNING if knet or context.release.grammar < 3 else Severity.INFO
        yield Place(document, place, "key").diagnostic(severity, "unencrypted", "The ring is not encrypted.", why)
    for key in ("crypto_hash", "crypto_cipher"):
        line = option_line(document, f"totem.{key}")
        if line is not None and line.value in _WEAK:
            better = "sha256" if key == "crypto_hash" else "aes256"
            fix = Fix(f"write {better}", (TextEdit(line.value_start, line.value_start + len(line.value), better),))
            why = "It still works. To change it, reload with the new value on all nodes."
            message = f"{line.value} is too weak."
            yield Place(document, line, "value").info("weak-hash", message, why, fix=fix)
    line = option_line(document, "totem.key")
    if line is not None:
        why = f"Anyone may read this file. Put the key into {AUTHKEY_PATH}, owner root, mode 0400."
        yield Place(document, line, "key").warning("key-inline", "The key is in the file.", why)
    line = option_line(document, "totem.secauth")
    both = [key for key in ("crypto_cipher", "crypto_hash") if cmap.text(f"totem.{key}") is not None]
    if line is not None and len(both) == 2:
        why = f"{' and '.join(both)} decide. Take secauth out."
        fix = Fix("take the line out", (TextEdit(line.start, line.next_start, ""),))
        yield Place(document, line, "key").info("secauth", "secauth has no effect here.", why, fix=fix)
    yield from _identity(context, head.number)


def _identity(context: LintContext, head: int) -> Iterator[Diagnostic]:
    if context.release.grammar < 2 or not context.nodes:
        return
    line = context.document.lines[head - 1]
    indent = "    "
    if context.cmap.text("totem.cluster_name") is None:
        why = "Pacemaker's tools and a quorum device need it."
        message = "The cluster has no cluster_name."
        yield Place(context.document, line, "key").info("cluster-name-missing", message, why)
    if "totem.config_version" not in context.cmap.entries:
        why = "If it is raised with each change, corosync notices a node that has an older file."
        fix = Fix("set config_version", (TextEdit(line.next_start, line.next_start, f"{indent}config_version: 1\n"),))
        message = "The file has no config_version."
        yield Place(context.document, line, "key").info("config-version-missing", message, why, fix=fix)

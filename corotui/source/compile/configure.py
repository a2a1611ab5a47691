"""The options of ./configure for each component and package format: pure."""

from __future__ import annotations

from corotui.source.compile.plan import Platform
from corotui.source.releases.manifest import Release

_SYSTEMD_UNITS = {"deb": "/usr/lib/systemd/system", "prefix": "/etc/systemd/system"}


def configure_options(release: Release, platform: Platform, package_format: str) -> tuple[str, ...]:
    """The options for one release; `package_format` is "deb", "rpm" or "prefix".

    The multiarch folder of a deb is not among them: only the build node knows it.
    """
    directories = {
        "deb": ("--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "--disable-static"),
        "rpm": (),
        "prefix": ("--prefix=/usr/local", "--sysconfdir=/etc", "--localstatedir=/var", "--disable-static"),
    }[package_format]
    return (*directories, *_features(release, platform, package_format))


def _features(release: Release, platform: Platform, package_format: str) -> tuple[str, ...]:
    if release.component == "kronosnet":
        return (
            *("--disable-man", "--disable-libnozzle", "--disable-libknet-sctp", "--disable-compress-lzo2"),
            *(("--disable-rpm-debuginfo",) if package_format == "rpm" else ()),
        )
    if release.component == "libqb":
        return ()
    units = _SYSTEMD_UNITS.get(package_format)
    series = release.major
    options: list[str] = []
    if platform.systemd and (series > 1 or release.component != "corosync"):
        options += ["--enable-systemd", *([f"--with-systemddir={units}"] if units else [])]
    else:
        options.append("--with-initddir=/etc/init.d")
    if release.component == "corosync":
        options += ["--enable-nss"] if series == 1 else ["--enable-xmlconf"]
        options += [f"--with-initconfigdir={'/etc/sysconfig' if package_format == 'rpm' else '/etc/default'}"]
        if series < 3:
            # These series rely on merged tentative definitions, which gcc 10 and later refuse without -fcommon.
            options.append("CFLAGS=-g -O2 -fcommon")
    return tuple(options)

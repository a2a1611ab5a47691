"""Makes a Debian package from a staged tree: `make install` has filled it, dpkg's own tools do the rest.

There is one package for each component, under a name of its own, so that an upgrade of the distribution does not
replace it. It provides, conflicts with and replaces the distribution's packages of the same libraries, so that what
depends on those keeps working.
"""

from __future__ import annotations

from corotui.cluster.quoting import quote
from corotui.source.compile.job import Job

# Beside the libraries themselves, whose names are read off the sonames.
_STANDS_FOR = {
    "libqb": ("libqb-dev", "libqb-tools"),
    "kronosnet": ("libknet-dev",),
    "corosync": ("corosync", "corosync-notifyd"),
    "corosync-qdevice": ("corosync-qdevice", "corosync-qnetd"),
}
_SUMMARY = {
    "libqb": "library for clients and servers",
    "kronosnet": "network links between cluster nodes",
    "corosync": "cluster engine",
    "corosync-qdevice": "quorum device and its server",
}

SCRIPT_NAME = "package.sh"
# Runs in the job's folder as the build account, with the settings of `line` in its environment.
SCRIPT = r"""umask 022
( cd root && find . -type f \( -name '*.so*' -o -path './usr/sbin/*' -o -path './usr/bin/*' \) \
    -exec strip --strip-unneeded {} + 2>/dev/null || : )
rm -f root/usr/bin/doxygen2man root/usr/share/man/man1/doxygen2man.1
# The 1.4 series' init script names no runlevels, and without them Debian enables nothing.
for init in root/etc/init.d/*; do
    [ -f "$init" ] || continue
    sed -i -e 's/^# Default-Start:[[:space:]]*$/# Default-Start: 2 3 4 5/' \
        -e 's/^# Default-Stop:[[:space:]]*$/# Default-Stop: 0 1 6/' "$init"
done
rm -rf root/DEBIAN debian && mkdir root/DEBIAN debian
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$name" "$name" > debian/control
: > root/DEBIAN/shlibs
libraries=
for so in root/usr/lib/*/lib*.so.[0-9]*; do
    [ -L "$so" ] || continue
    base=${so##*/}
    library=${base%%.so.*}
    number=${base##*.so.}
    case $number in *.*) continue ;; esac
    echo "$library $number $name (>= $version)" >> root/DEBIAN/shlibs
    debian=$(echo "$library" | tr _ -)
    libraries="$libraries $debian$number $debian${number}t64 $debian-dev"
done
[ -s root/DEBIAN/shlibs ] || rm root/DEBIAN/shlibs
find root/etc -type f 2>/dev/null | sed 's#^root##' > root/DEBIAN/conffiles
[ -s root/DEBIAN/conffiles ] || rm root/DEBIAN/conffiles
echo 'activate-noawait ldconfig' > root/DEBIAN/triggers
depends=$(find root -type f \( -name '*.so*' -o -path 'root/usr/sbin/*' -o -path 'root/usr/bin/*' \) -print |
    while read -r file; do head -c 4 "$file" | grep -q ELF && echo "$file"; done |
    xargs dpkg-shlibdeps -O "-x$name" -Sroot $needs --warnings=0)
provides= conflicts=
for other in $(echo $stands $libraries | tr ' ' '\n' | sort -u); do
    provides="$provides, $other (= $version)"
    conflicts="$conflicts, $other"
done
cat > root/DEBIAN/control <<CONTROL
Package: $name
Version: $version
Architecture: $(dpkg-architecture -qDEB_HOST_ARCH)
Maintainer: corotui <root@localhost>
Installed-Size: $(du -sk root | cut -f 1)
Depends: ${depends#shlibs:Depends=}
Provides: ${provides#, }
Conflicts: ${conflicts#, }
Replaces: ${conflicts#, }
Section: admin
Priority: optional
Corotui-Build: $key
Description: $component, $summary
 Built by corotui from the release archive.
CONTROL
sed -i '/^Depends: $/d' root/DEBIAN/control
( cd root && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 -r md5sum > DEBIAN/md5sums )
dpkg-deb --root-owner-group --build root out
"""


def package_name(component: str) -> str:
    """Name of the package of a component, such as "corotui-libqb"."""
    return f"corotui-{component}"


def package_version(upstream: str) -> str:
    """Version of the package, such as "3.1.7-0corotui1", which satisfies ">= 3.1.7"."""
    return f"{upstream}-0corotui1"


def package_command(job: Job) -> str:
    """The command line that makes out/*.deb from root/. SCRIPT must be in the job's folder as SCRIPT_NAME."""
    component = job.release.component
    settings = {
        "name": package_name(component),
        "version": package_version(job.release.version),
        "component": component,
        "key": job.key,
        "summary": _SUMMARY[component],
        "stands": " ".join(_STANDS_FOR[component]),
        "needs": " ".join(f"-S{need.folder}/root" for need in job.dependencies),
    }
    head = " ".join(f"{key}={quote(value)}" for key, value in settings.items())
    return f"{head} sh -eu {SCRIPT_NAME}"

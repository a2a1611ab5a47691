"""Practice nodes with the real rpm, rpmbuild and dnf of Debian, dressed as a rebuild of RHEL 9.

What is real: `make rpm`, rpmbuild with the releases' own specs, dnf with a repository, its dependency solver, the RPM
database. What is not: the system's own packages. They are Debian's, and one empty RPM that provides their sonames and
the names of -devel packages stands for them; scriptlet macros of RHEL (systemd_post) are not there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from corotui.practice import PracticeCluster, execute

BUILDS = (
    "gcc make pkg-config autoconf automake libtool doxygen bzip2 xz-utils libc6-dev libxml2-dev libnss3-dev libssl-dev "
    "zlib1g-dev liblz4-dev libzstd-dev libbz2-dev liblzma-dev libsystemd-dev"
)
RUNS = "libnss3 libxml2 xsltproc"
DRESS = r"""
export DEBIAN_FRONTEND=noninteractive
n=0; until apt-get -q update >/dev/null; do n=$((n+1)); [ $n -lt 5 ] || exit 1; sleep 3; done
apt-get -q install -y --no-install-recommends rpm dnf createrepo-c cpio file PACKAGES >/var/log/dress.log 2>&1 ||
    { tail -n 20 /var/log/dress.log; exit 1; }
rm -f /etc/os-release
cat >/etc/os-release <<'OS'
NAME="AlmaLinux"
ID="almalinux"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PRETTY_NAME="AlmaLinux 9.4 (practice)"
OS
mkdir -p /etc/rpm /srv/repo /root/base /etc/yum.repos.d
# RHEL's macros compress manual pages with bash; Debian's sh cannot run that script.
cat >/etc/rpm/macros <<'MACROS'
%__os_install_post bash /usr/lib/rpm/brp-compress
%_unitdir /usr/lib/systemd/system
%_libdir /usr/lib64
MACROS
cd /root/base
{
    cat <<'SPEC'
Name: practice-base
Version: 1
Release: 1
Summary: Stands for the base system
License: none
BuildArch: x86_64
AutoReqProv: no
Provides: /bin/sh /bin/bash /usr/bin/bash /usr/bin/sh /sbin/ldconfig /usr/sbin/ldconfig /usr/bin/pkg-config
Provides: rtld(GNU_HASH) systemd systemd-units pkgconfig libxslt
Provides: gcc make glibc-devel pkgconf-pkg-config tar gzip xz bzip2 autoconf automake libtool rpm-build cpio doxygen
Provides: libxml2-devel nss-devel openssl-devel zlib-devel lz4-devel libzstd-devel bzip2-devel xz-devel systemd-devel
Provides: groff
SPEC
    find /lib/*-linux-gnu /usr/lib/*-linux-gnu /lib64 -maxdepth 1 -name '*.so*' | /usr/lib/rpm/find-provides |
        sort -u | sed 's/^/Provides: /'
    printf '%%description\nStands for the base system.\n%%files\n'
} >base.spec
rpmbuild -bb --define '_rpmdir /srv/repo' base.spec >/var/log/base.log 2>&1 || { tail /var/log/base.log; exit 1; }
createrepo_c -q /srv/repo
printf '[local]\nname=local\nbaseurl=file:///srv/repo\ngpgcheck=0\nenabled=1\n' >/etc/yum.repos.d/local.repo
echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf
ldconfig
dnf -q -y install practice-base
"""


def dress(practice: PracticeCluster) -> None:
    """Turns bare nodes into ones where rpm rules; the first can build."""
    names = [node.name for node in practice.nodes]

    def one(name: str) -> str:
        script = DRESS.replace("PACKAGES", BUILDS if name == names[0] else RUNS)
        done = execute(practice.name, name, ["sh", "-euc", script], timeout=1200)
        assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]
        return name

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(one, names))

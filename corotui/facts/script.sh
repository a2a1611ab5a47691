# What a node says about itself, in one round trip. Plain POSIX sh (dash, busybox ash, bash); it reads and changes nothing.
# Set by the lines sent before this one: PROGRAMS, PACKAGES. Positional parameters: names to resolve.
# `section` and `limit` are those of ssh/sections.sh, PROC and `daemon_pids` those of ssh/daemons.sh, which come first. Every probe is bounded in time and in size.

ETC=/etc SYS=/sys RUN=/run

have() { command -v "$1" >/dev/null 2>&1; }

now() { date +%s.%N; }

who() {
    echo "user ${SUDO_USER:-$(id -un)}"
    echo "uid ${SUDO_UID:-$(id -u)}"
    echo "euid $(id -u)"
    echo "hostname $(uname -n)"
    echo "machine $(uname -m)"
    echo "kernel $(uname -r)"
}

release() {
    for file in os-release redhat-release system-release SuSE-release debian_version; do
        [ -r "$ETC/$file" ] && sed "s|^|$file |" "$ETC/$file"
    done
}

manager() {
    if [ -d "$RUN/systemd/system" ]; then echo systemd
    elif have service || [ -d "$ETC/init.d" ]; then echo sysv
    fi
}

programs() {
    for program in $PROGRAMS; do
        have "$program" && echo "$program $(command -v "$program")"
    done
}

packages() {
    # shellcheck disable=SC2086
    have dpkg-query && limit 5 dpkg-query -W -f='${Package} ${Version} ${Status}\n' $PACKAGES
    # shellcheck disable=SC2086
    have rpm && limit 8 rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE} rpm\n' $PACKAGES
}

version() {
    path=$(command -v corosync) || return
    echo "path $path"
    limit 5 corosync -v 2>&1
}

service_state() {
    if [ -d "$RUN/systemd/system" ]; then
        limit 5 systemctl show corosync.service -p LoadState -p ActiveState -p SubState -p UnitFileState -p ExecMainStatus
        return
    fi
    if [ ! -e "$ETC/init.d/corosync" ]; then
        echo LoadState=not-found
        return
    fi
    echo LoadState=loaded
    limit 5 "$ETC/init.d/corosync" status >/dev/null 2>&1 && echo ActiveState=active || echo ActiveState=inactive
    for link in "$ETC"/rc3.d/S*corosync "$ETC"/rc.d/rc3.d/S*corosync; do
        [ -e "$link" ] && echo UnitFileState=enabled && return
    done
    echo UnitFileState=disabled
}

processes() {
    for process in corosync pacemakerd; do
        daemon_pids "$process" | sed "s/^/$process /"
    done
}

file() {
    [ -e "$1" ] || return
    stat -L -c 'stat %s %a %U %G' "$1"
    [ -f "$1" ] && limit 5 sha256sum <"$1"
}

conf() { [ -f "$ETC/corosync/corosync.conf" ] && cat "$ETC/corosync/corosync.conf"; }

# Debian's package brings a one-node sample as corosync.conf: the checksum dpkg keeps, and the file's own.
sample() {
    have dpkg-query || return
    limit 5 dpkg-query -W -f='${Conffiles}\n' corosync | while read -r path sum rest; do
        [ "$path" = /etc/corosync/corosync.conf ] && echo "packaged $sum"
    done
    [ -f "$ETC/corosync/corosync.conf" ] && echo "present $(limit 5 md5sum <"$ETC/corosync/corosync.conf")"
}

addresses() {
    if have ip; then
        found=$(limit 5 ip -d -json addr | head -c 262144)
        case $found in
        "["*)
            echo "ip-json"
            printf '%s\n' "$found"
            return
            ;;
        esac
        found=$(limit 5 ip -d -o link) || found=$(limit 5 ip -o link)
        if [ -n "$found" ]; then
            echo "ip-oneline"
            printf '%s\n' "$found"
            limit 5 ip -o addr
            return
        fi
    fi
    if have ifconfig; then
        echo "ifconfig"
        limit 5 ifconfig -a
    fi
}

routes() {
    if have ip; then
        limit 3 ip -4 route show default
        limit 3 ip -6 route show default
    elif have route; then
        limit 3 route -n
    fi
}

# Lines of one name begin with its number; 0 is the node's own. All are asked at once, so that a dead resolver costs once.
names() {
    set -- "$(uname -n)" "$@"
    number=0
    for name; do
        { limit 4 getent ahosts "$name"; echo "rc $?"; } | sed "s/^/$number /" &
        number=$((number + 1))
    done
    have hostname && { limit 4 hostname -f; echo "rc $?"; } | sed 's/^/fqdn /' &
    wait
}

ports() {
    if have ss; then
        echo ss
        limit 4 ss -uanp | sed 's/^/udp /'
        limit 4 ss -tlnp | sed 's/^/tcp /'
        return
    fi
    echo proc
    for table in udp udp6 tcp tcp6; do
        [ -r "$PROC/net/$table" ] && sed "s/^/$table /" "$PROC/net/$table"
    done
}

firewalld() {
    have firewall-cmd || return
    limit 6 firewall-cmd --state 2>&1
    [ $? -eq 0 ] && limit 6 firewall-cmd --list-all-zones
}

ufw_rules() {
    have ufw || return
    limit 6 ufw status verbose 2>&1
}

nftables() {
    have nft || return
    limit 5 nft list ruleset
    echo "# rc $?"
}

# iptables-save is asked only where a table is loaded: asking would load one.
iptables_rules() {
    for table in ip_tables_names ip6_tables_names; do
        tables=$(cat "$PROC/net/$table")
        [ -n "$tables" ] || continue
        case $table in
        ip_tables_names) limit 5 iptables-save ;;
        *) limit 5 ip6tables-save ;;
        esac
        echo "# rc $?"
    done
}

synchronised() {
    if have timedatectl; then
        limit 3 timedatectl show -p NTPSynchronized || limit 3 timedatectl status
    fi
    have chronyc && limit 3 chronyc -n tracking
}

disks() {
    for path in /etc/corosync /var/lib/corosync /var/log /dev/shm /tmp /var/tmp; do
        there=$path
        while [ -n "$there" ] && [ ! -d "$there" ]; do there=${there%/*}; done
        row=$(limit 4 df -Pk "${there:-/}" | tail -n 1)
        options=
        while read -r _ mounted _ found _; do
            [ "$mounted" = "${row##* }" ] && options=$found
        done <"$PROC/mounts"
        echo "$path $options $row"
    done
    for path in /var/lib/corosync /var/log/corosync /var/log/cluster; do
        [ -d "$path" ] && echo "directory $path"
    done
}

selinux() {
    if [ -r "$SYS/fs/selinux/enforce" ]; then
        read -r enforce <"$SYS/fs/selinux/enforce" || :
        [ "$enforce" = 1 ] && echo enforcing || echo permissive
    fi
}

# The metadata service wants a token; it goes through a configuration on stdin, never through the arguments.
metadata() {
    base=http://169.254.169.254/latest
    if have curl; then
        token=$(limit 2 curl -sf -m 1 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token) || return
        for item in "$@"; do
            value=$(printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" | limit 2 curl -sf -m 1 -K - "$base/meta-data/$item") || continue
            printf '%s\n' "$value" | sed "s|^|$item |"
        done
    elif have wget; then
        token=$(limit 2 wget -q -O - -T 1 -t 1 --method=PUT --header='X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token) || return
        for item in "$@"; do
            value=$(printf 'header = X-aws-ec2-metadata-token: %s\n' "$token" | limit 2 wget --config=/dev/stdin -q -O - -T 1 -t 1 "$base/meta-data/$item") || continue
            printf '%s\n' "$value" | sed "s|^|$item |"
        done
    fi
}

cloud() {
    for source in class/dmi/id/sys_vendor class/dmi/id/product_uuid class/dmi/id/bios_version hypervisor/uuid; do
        [ -r "$SYS/$source" ] && read -r value <"$SYS/$source" && echo "dmi $value" && case $value in
        "Amazon EC2" | ec2* | EC2* | *.amazon) ec2=yes ;;
        esac
    done
    [ "${ec2:-}" = yes ] || return
    echo "provider ec2"
    metadata instance-id instance-type placement/region security-groups
}

facts() {
    section begin 100 now
    section who 2000 who
    section release 8000 release
    section manager 100 manager
    section programs 16000 programs
    section packages 64000 packages
    section version 4000 version
    section service 4000 service_state
    section processes 16000 processes
    section conf 1048577 conf
    section conf-file 1000 file "$ETC/corosync/corosync.conf"
    section authkey 1000 file "$ETC/corosync/authkey"
    section sample 1000 sample
    section addresses 262144 addresses
    section routes 8000 routes
    section names 65536 names "$@"
    section ports 131072 ports
    section firewalld 65536 firewalld
    section ufw 65536 ufw_rules
    section nftables 65536 nftables
    section iptables 65536 iptables_rules
    section synchronised 4000 synchronised
    section disks 8000 disks
    section selinux 100 selinux
    section cloud 8000 cloud
    section end 100 now
    say_limits
}

facts "$@"

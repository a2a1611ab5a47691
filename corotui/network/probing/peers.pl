# One node's part in a probe between pairs: binds the link's address, sends to all peers, echoes what they send.
# Arguments: nonce, own number, address, port, seconds, then NUMBER=ADDRESS=SIZE of each peer. Core modules only: a
# minimal Debian has perl-base, without Time::HiRes.
use strict;
use Socket;
use POSIX ();

my ($nonce, $me, $address, $port, $seconds, @words) = @ARGV;
my %peers = map { my ($who, @rest) = split /=/; ($who => [@rest]) } @words;
my $v6 = $address =~ /:/;

my $now;
if (eval { require Time::HiRes; 1 }) {
    $now = sub { Time::HiRes::time() };
} else {
    my $machine = (POSIX::uname())[4];
    my %calls = (x86_64 => 228, aarch64 => 113, riscv64 => 113, ppc64le => 246, s390x => 260, i686 => 265);
    my $call = $calls{$machine};
    my $ticks = POSIX::sysconf(&POSIX::_SC_CLK_TCK) || 100;
    $now = sub {
        return (POSIX::times())[0] / $ticks unless $call;
        my $pair = pack 'l!l!', 0, 0;
        syscall($call, 1, $pair);
        my ($whole, $nano) = unpack 'l!l!', $pair;
        return $whole + $nano / 1e9;
    };
}

sub place {
    my ($where) = @_;
    return $v6
        ? Socket::pack_sockaddr_in6($port, Socket::inet_pton(Socket::AF_INET6(), $where))
        : pack_sockaddr_in($port, inet_aton($where));
}

socket(my $sock, $v6 ? Socket::AF_INET6() : AF_INET, SOCK_DGRAM, 0) or say_error();
setsockopt($sock, $v6 ? 41 : 0, $v6 ? 23 : 10, pack('i', 3));    # IP_MTU_DISCOVER, IP_PMTUDISC_PROBE: never fragment
unless (bind($sock, place($address))) {
    if ($!{EADDRINUSE}) { print "busy\n"; exit 0 }
    if ($!{EADDRNOTAVAIL}) { print "no-address\n"; exit 0 }
    say_error();
}
print "bound\n";

sub say_error { print "error $!\n"; exit 0 }

my (%heard, %source, %echo, %large_in, %large_out, %ready, %refused);

sub finished {
    for (keys %peers) { return 0 unless $heard{$_} && exists $echo{$_} && $large_in{$_} && $large_out{$_} }
    return 1;
}

sub deliver {
    my ($kind, $stamp, $to, $who, $size) = @_;
    my $text = join(' ', 'corotui', $nonce, $kind, $me, finished(), $stamp, '');
    $text .= 'x' x ($size - length $text) if $size && $size > length $text;
    $refused{$who} = "$!" if !defined(send($sock, $text, 0, $to)) && defined $who && !$size;
}

sub receive {
    my $from = recv($sock, my $data, 65535, 0);
    return unless defined $from;
    my ($word, $given, $kind, $who, $done, $stamp) = split / /, $data;
    return unless defined $stamp && $word eq 'corotui' && $given eq $nonce && $peers{$who};
    $ready{$who} = $done eq '1';
    if ($kind eq 'P') {
        my ($theirs, $host) = $v6 ? Socket::unpack_sockaddr_in6($from) : unpack_sockaddr_in($from);
        $heard{$who}++;
        $source{$who} = ($v6 ? Socket::inet_ntop(Socket::AF_INET6(), $host) : inet_ntoa($host)) . " $theirs";
        deliver('E', $stamp, $from);
    } elsif ($kind eq 'L') {
        $large_in{$who} = 1;
        deliver('G', $stamp, $from);
    } elsif ($kind eq 'E') {
        my $took = ($now->() - $stamp) * 1000;
        $echo{$who} = $took if !exists $echo{$who} || $took < $echo{$who};
    } elsif ($kind eq 'G') {
        $large_out{$who} = 1;
    }
}

my $began = $now->();
my $due = $began;
my $last;
while ($now->() - $began < $seconds) {
    if ($now->() >= $due) {
        $due = $now->() + 0.1;
        for my $who (keys %peers) {
            my ($peer, $size) = @{$peers{$who}};
            deliver('P', sprintf('%.9f', $now->()), place($peer), $who);
            deliver('L', '0', place($peer), $who, $size);
        }
        my $all = 1;
        for (keys %peers) { $all = 0 unless $ready{$_} }
        $last = $now->() + 0.15 if !defined $last && $all && finished();
    }
    last if defined $last && $now->() >= $last;
    my $until = defined $last && $last < $due ? $last : $due;
    my $wait = $until - $now->();
    my $ready_bits = '';
    vec($ready_bits, fileno($sock), 1) = 1;
    receive() if select($ready_bits, undef, undef, $wait > 0.001 ? $wait : 0.001) > 0;
}
for my $who (keys %peers) {
    print "heard $who $heard{$who} $source{$who}\n" if $heard{$who};
    printf "echo %s %.3f\n", $who, $echo{$who} if exists $echo{$who};
    print "large $who\n" if $large_in{$who};
    print "refused $who $refused{$who}\n" if $refused{$who};
}
printf "lasted %.3f\n", $now->() - $began;

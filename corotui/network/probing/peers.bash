# The part of a node with neither Python nor Perl: bash can send UDP and not listen, so this only lets the peers hear it.
nonce=$1 me=$2 address=$3 port=$4 seconds=$5
shift 5
echo deaf
for (( round = 0; round < ${seconds%%.*} * 5; round++ )); do
    for peer; do
        where=${peer#*=}
        where=${where%=*}
        printf 'corotui %s P %s 1 0 ' "$nonce" "$me" 2>/dev/null >"/dev/udp/$where/$port"
    done 2>/dev/null
    sleep 0.2
done
echo "lasted $seconds"

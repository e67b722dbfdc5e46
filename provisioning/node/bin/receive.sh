#!/usr/bin/env bash
# receive.sh JOB OFFSET <BYTES: a piece of an archive, from byte OFFSET of it on; what was there beyond is replaced.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"

check_job "${1-}"
[[ ${2-} =~ ^[0-9]{1,15}$ ]] || die 'Posición no válida.' "$EX_USAGE"
archive_dir "$1"
mkdir -p "$REPLY"
exec 8>"$REPLY/receive.lock"
flock -w 30 8 || die 'Otro está enviando esta copia.' "$EX_BUSY"
: >>"$REPLY/archive.tar"
size=$(stat -c %s "$REPLY/archive.tar")
if ((size < 10#$2)); then die "Faltan bytes: hay $size." "$EX_DATA"; fi
truncate -s "$((10#$2))" "$REPLY/archive.tar"
cat >>"$REPLY/archive.tar"
result "{\"bytes\": $(stat -c %s "$REPLY/archive.tar")}"

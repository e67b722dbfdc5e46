#!/usr/bin/env bash
# fetch.sh JOB OFFSET | about: the archive that this job made, raw, from a byte on; or one `::result` line on it (bytes,
# sha256, files, missing, manifest). Nothing else is ever printed.
set -euo pipefail
exec 2>/dev/null
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"

check_job "${1-}"
[[ ${2-} =~ ^(about|[0-9]{1,15})$ ]] || exit "$EX_USAGE"
archive_dir "$1"
[[ -f $REPLY/archive.tar ]] || exit "$EX_ABSENT"
if [[ $2 == about ]]; then
  result "$(<"$REPLY/about.json")"
  exit
fi
exec tail -c "+$((10#$2 + 1))" "$REPLY/archive.tar"

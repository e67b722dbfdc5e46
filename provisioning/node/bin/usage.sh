#!/usr/bin/env bash
# usage.sh SUBDOMAIN: what the tenant occupies (bytes) and how many active users it has, as one JSON object.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"

check_subdomain "${1-}"
files=0
if [[ -d $ALTA_FILESTORE/$1 ]]; then read -r files _ < <(du -sb "$ALTA_FILESTORE/$1"); fi
ask "$1" usage -v files="$files"
result "$REPLY"

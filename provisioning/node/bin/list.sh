#!/usr/bin/env bash
# list.sh: every database that carries our mark, as one JSON array.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"

ask postgres list
result "$REPLY"

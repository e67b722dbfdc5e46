#!/usr/bin/env bash
# prove.sh SUBDOMAIN <JSON (job, sha256): the archive that was received for this job, restored on trial under a name of
# its own, counted, with mails and crons off, and opened: Odoo must now answer for it. `discard.sh JOB` ends the trial.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"

at_end() { # EXIT
  if (($1)); then
    rm -rf "${ALTA_FILESTORE:?}/prueba-$JOB"
    sql postgres drop_scratch -v job="$JOB" >/dev/null || true
  fi
}

prove() { # SUBDOMAIN
  local folder scratch="prueba-$JOB"
  check_subdomain "$scratch"
  archive_dir "$JOB"
  folder=$REPLY
  step unpack
  check_archive "$folder"
  unpack_archive "$folder" "$ALTA_FILESTORE/$scratch"
  load_archive "$folder" "$scratch"
  step boot
  sql "$scratch" quiet
  sql postgres open_trial -v scratch="$scratch" -v job="$JOB"
  say "abierta como $scratch, sin correos ni tareas programadas"
  result "{\"database\": \"$scratch\"}"
}

detached prove "${1-}"

#!/usr/bin/env bash
# delete.sh ARCHIVED <JSON: an archived database and its files, gone for good. Refuses whatever is not archived.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"

delete() { # ARCHIVED-NAME, or a subdomain, which is refused
  step delete
  ask postgres delete -v name="$1"
  case $REPLY in
    deleted*) good "base $1 borrada" ;;
    absent*) say "la base $1 ya no estaba" ;;
    *) die "La base $1 no está archivada. No se toca." "$EX_TAKEN" ;;
  esac
  if [[ $1 == archived-* ]]; then
    rm -rf "${ALTA_FILESTORE:?}/$1"
    say 'archivos borrados'
  fi
}

if [[ ${1-} == archived-* ]]; then NAME_CHECK=check_archived; fi
detached delete "${1-}"

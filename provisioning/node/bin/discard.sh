#!/usr/bin/env bash
# discard.sh JOB [SUBDOMAIN | ANEW]: what a backup, a restore or a proof left here: its archive, its trial. With SUBDOMAIN also
# what an earlier restore of that tenant replaced: a newer backup is safe now. With ANEW whoever asks for the job again begins anew.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

check_job "${1-}"
archive_dir "$1"
rm -rf "$REPLY" "$ALTA_FILESTORE/.backup-$1" "$ALTA_FILESTORE/.moving-$1" "${ALTA_FILESTORE:?}/prueba-$1"
if [[ ${2-} == ANEW ]]; then
  rm -f "$ALTA_STATE/jobs/$1/outcome"
  verb='' subdomain=''
  if [[ -r $ALTA_STATE/jobs/$1/verb ]]; then read -r verb subdomain <"$ALTA_STATE/jobs/$1/verb" || true; fi
  # The page that a tenant on its way here is closed with: it does not come.
  if [[ $verb == move_in ]]; then open_page "$subdomain"; fi
  set -- "$1"
fi
sql postgres drop_scratch -v job="$1" >/dev/null
if [[ -n ${2-} ]]; then
  check_subdomain "$2"
  while IFS= read -r kept; do
    if [[ $kept == "archived-$2-"* ]]; then rm -rf "${ALTA_FILESTORE:?}/$kept"; fi
  done < <(sql postgres drop_replaced -v subdomain="$2")
  wait "$!" # its exit is psql's
fi
result '{"discarded": true}'

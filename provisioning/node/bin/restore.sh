#!/usr/bin/env bash
# restore.sh SUBDOMAIN <JSON (job, sha256): the archive that was received for this job takes the tenant's place.
#
# It is restored beside, closed, and counted; then both databases change names in one transaction, the files follow, and
# only then is it opened. What was there is kept as archived-SUBDOMAIN-JOB. Killed anywhere and run again it goes on.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"

at_end() { # EXIT: nothing of a failed attempt is worth its room, unless it was swapped in already
  if (($1)) && [[ ${SWAPPING-} != yes ]]; then
    rm -rf "$ALTA_FILESTORE/.restoring-$JOB"
    sql postgres drop_scratch -v job="$JOB" >/dev/null || true
  fi
}

prepare() { # SUBDOMAIN
  local folder files=$ALTA_FILESTORE/.restoring-$JOB
  archive_dir "$JOB"
  folder=$REPLY
  step unpack
  check_archive "$folder"
  unpack_archive "$folder" "$files"
  load_archive "$folder" "$SCRATCH"
  sql postgres restored -v scratch="$SCRATCH"
}

swap() { # SUBDOMAIN
  local files=$ALTA_FILESTORE/.restoring-$JOB kept="archived-$1-$JOB" state
  step swap
  sql postgres swap -v subdomain="$1" -v scratch="$SCRATCH" -v kept="$kept" -v job="$JOB"
  if [[ -d $files ]]; then
    if [[ -d $ALTA_FILESTORE/$1 && ! -e $ALTA_FILESTORE/$kept ]]; then
      mv -T "$ALTA_FILESTORE/$1" "$ALTA_FILESTORE/$kept"
    fi
    mv -T "$files" "$ALTA_FILESTORE/$1"
  fi
  state=$(sql postgres open_restored -v subdomain="$1")
  good "$1 restaurada; lo que había queda como $kept hasta la próxima copia"
  result "{\"state\": \"$state\", \"kept\": \"$kept\"}"
}

restore() { # SUBDOMAIN
  SCRATCH="restoring-$1-$JOB"
  ask postgres restore_state -v subdomain="$1" -v scratch="$SCRATCH" -v job="$JOB"
  case $REPLY in
    foreign) die "La base $1 no es de Alta. No se toca." "$EX_TAKEN" ;;
    swapped) note 'ya estaba en su sitio; se termina' ;;
    restored) note 'ya estaba restaurada y contada; se pone en su sitio' ;;
    *) prepare "$1" ;;
  esac
  SWAPPING=yes
  swap "$1"
}

detached restore "${1-}"

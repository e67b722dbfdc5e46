#!/usr/bin/env bash
# archive.sh SUBDOMAIN <JSON: the tenant leaves its name; database and files are kept as archived-SUBDOMAIN-JOB.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

archive() { # SUBDOMAIN
  local kept="archived-$1-$JOB" outcome
  step archive
  outcome=$(sql postgres archive -v subdomain="$1" -v kept="$kept" -v job="$JOB")
  case $outcome in
    archived*) good "base guardada como $kept" ;;
    already*) say "la base ya estaba guardada como $kept" ;;
    absent*) note "no hay una base $1: nada que guardar" ;;
    *) die "La base $1 no es de Alta. No se toca." "$EX_TAKEN" ;;
  esac
  if [[ -d $ALTA_FILESTORE/$1 && ! -e $ALTA_FILESTORE/$kept ]]; then
    mv -T "$ALTA_FILESTORE/$1" "$ALTA_FILESTORE/$kept"
    say "archivos guardados como $kept"
  fi
  open_page "$1"
  if has_domain "$1"; then publish_domains; fi
  if [[ $outcome == absent* ]]; then result '{"database": null}'; else result "{\"database\": \"$kept\"}"; fi
}

detached archive "${1-}"

#!/usr/bin/env bash
# move_open.sh SUBDOMAIN <JSON (first, state, staging_of, reason, portal): what move_in.sh made ready takes the tenant's name
# and is opened, or stays closed where it was suspended. Killed anywhere and run again it goes on.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

move_open() { # SUBDOMAIN
  local rule='"first"[[:space:]]*:[[:space:]]*"([A-Za-z0-9][A-Za-z0-9_-]{0,19})"' first files state reason portal
  [[ $ALTA_PAYLOAD =~ $rule ]] || die 'Falta el trabajo de la primera copia.' "$EX_DATA"
  first=${BASH_REMATCH[1]}
  files=$ALTA_FILESTORE/.moving-$first
  ask postgres move_open -v subdomain="$1" -v scratch="moving-$1-$first" -v job="$JOB"
  IFS='|' read -r state reason portal <<<"$REPLY"
  case $state in
    moved) ;;
    taken) die "Ya existe una base $1 en este nodo. No se toca." "$EX_TAKEN" ;;
    *) die "No hay nada preparado para $1 en este nodo." "$EX_ABSENT" ;;
  esac
  if [[ -d $files ]]; then mv -T "$files" "$ALTA_FILESTORE/$1"; fi
  state=$(sql postgres open_restored -v subdomain="$1")
  if [[ $state == suspended ]]; then close_page "$1" "$reason" "$portal"; else open_page "$1"; fi
  good "$1 está ahora en este nodo"
  result "{\"state\": \"$state\"}"
}

detached move_open "${1-}"

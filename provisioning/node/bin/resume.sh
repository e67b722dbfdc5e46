#!/usr/bin/env bash
# resume.sh SUBDOMAIN <JSON: takes a suspension back.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

resume() { # SUBDOMAIN
  step resume
  ask postgres resume -v subdomain="$1"
  case $REPLY in
    resumed*) good "$1 vuelve a estar en marcha" ;;
    already*) say "$1 ya estaba en marcha" ;;
    *) die "No hay una instancia $1 que reanudar." "$EX_ABSENT" ;;
  esac
  open_page "$1"
}

detached resume "${1-}"

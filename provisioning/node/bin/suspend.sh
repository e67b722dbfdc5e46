#!/usr/bin/env bash
# suspend.sh SUBDOMAIN <JSON: nobody works in it and its cron does not run; the data stay.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"

suspend() { # SUBDOMAIN
  local outcome
  step suspend
  outcome=$(sql postgres suspend -v subdomain="$1")
  case $outcome in
    suspended\|*) good "$1 suspendida; ${outcome#*|} conexiones cerradas, los datos se conservan" ;;
    already*) say "$1 ya estaba suspendida" ;;
    *) die "No hay una instancia $1 que suspender." "$EX_ABSENT" ;;
  esac
}

detached suspend "${1-}"

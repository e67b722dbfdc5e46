#!/usr/bin/env bash
# suspend.sh SUBDOMAIN <JSON (reason, portal): nobody works in it and its cron does not run; the data stay.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

suspend() { # SUBDOMAIN
  local outcome ended reason portal
  step suspend
  IFS='|' read -r outcome ended reason portal < <(sql postgres suspend -v subdomain="$1") || true
  case $outcome in
    suspended) good "$1 suspendida; $ended conexiones cerradas, los datos se conservan" ;;
    already) say "$1 ya estaba suspendida" ;;
    *) die "No hay una instancia $1 que suspender." "$EX_ABSENT" ;;
  esac
  close_page "$1" "$reason" "$portal"
}

detached suspend "${1-}"

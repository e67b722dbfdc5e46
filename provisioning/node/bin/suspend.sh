#!/usr/bin/env bash
# suspend.sh SUBDOMAIN <JSON (reason, portal): nobody works in it and its cron does not run; the data stay.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

words() { # -> REASON, PORTAL: what the page says, from the payload; anything that fails their grammar is left out
  local reason_rule='"reason"[[:space:]]*:[[:space:]]*"([a-z]{1,20})"'
  local portal_rule='"portal"[[:space:]]*:[[:space:]]*"(https?://[A-Za-z0-9./:_-]+)"'
  REASON='' PORTAL=''
  if [[ $ALTA_PAYLOAD =~ $reason_rule ]]; then REASON=${BASH_REMATCH[1]}; fi
  if [[ $ALTA_PAYLOAD =~ $portal_rule ]]; then PORTAL=${BASH_REMATCH[1]}; fi
}

suspend() { # SUBDOMAIN
  local outcome ended shown=''
  step suspend
  if [[ -e $ALTA_WEB/closed/$1.html ]]; then shown=yes; fi
  words
  # The page comes first: whoever is there in between reads it, and not that Odoo finds no database.
  close_page "$1" "$REASON" "$PORTAL"
  ask postgres suspend -v subdomain="$1"
  IFS='|' read -r outcome ended <<<"$REPLY"
  case $outcome in
    suspended) good "$1 suspendida; $ended conexiones cerradas, los datos se conservan" ;;
    already) say "$1 ya estaba suspendida" ;;
    *)
      if [[ -z $shown ]]; then open_page "$1"; fi
      die "No hay una instancia $1 que suspender." "$EX_ABSENT"
      ;;
  esac
}

detached suspend "${1-}"

#!/usr/bin/env bash
# set_domain.sh SUBDOMAIN <JSON (domain, base_url): the customer's own domain leads to it, or with an empty one, no more.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

set_domain() { # SUBDOMAIN
  local found problem
  step address
  ask postgres domain_check -v subdomain="$1"
  IFS='|' read -r found problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
  case $found in
    ours) ;;
    taken) die 'Ese dominio es ya de otra instancia de este nodo.' "$EX_TAKEN" ;;
    *) die "No hay una instancia $1." "$EX_ABSENT" ;;
  esac
  sql "$1" payload marker set_domain
  step proxy
  publish_domains
}

detached set_domain "${1-}"

#!/usr/bin/env bash
# set_password.sh SUBDOMAIN <JSON (login, password_hash): the owner's password in Odoo, already hashed.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"

set_password() { # SUBDOMAIN
  local found owner _template _instead problem login
  step password
  ask postgres check -v verb=set_password -v subdomain="$1" -v template="$ALTA_TEMPLATE" -v job="$JOB" -v odoo=
  IFS='|' read -r found owner _template _instead problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
  case $found in
    ready | taken) [[ -n $owner ]] || die "La base $1 no es de Alta. No se toca." "$EX_TAKEN" ;;
    *) die "No hay una instancia $1." "$EX_ABSENT" ;;
  esac
  login=$(sql "$1" payload set_password)
  [[ -n $login ]] || die 'No se encontró el usuario en esta instancia.' "$EX_ABSENT"
  good "contraseña de $login cambiada"
}

detached set_password "${1-}"

#!/usr/bin/env bash
# update_modules.sh SUBDOMAIN <JSON (modules: names with commas, or empty for those whose files changed): Odoo's -u.
#
# Visitors read a page meanwhile, and a copy is kept beside until it is over: it goes well, or nothing happened.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

wanted_modules() { # SUBDOMAIN -> MODULES
  local problem
  ask postgres update_check -v subdomain="$1"
  IFS='|' read -r MODULES problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
  if [[ -z $MODULES ]]; then
    MODULES=$(sql "$1" module_versions | python3 -I "$ALTA_HOME/bin/changed_modules.py" "$ALTA_ODOO_ADDONS")
  fi
}

run_odoo() { # SUBDOMAIN
  local command=(env -u ALTA_PAYLOAD "$ALTA_ODOO" -c "$ALTA_ODOO_CONF" -d "$1" -u "$MODULES" --stop-after-init --no-http
    --max-cron-threads=0 --logfile=)
  if [[ $ALTA_ODOO_AS != - ]]; then command=(runuser -u "$ALTA_ODOO_AS" -- "${command[@]}"); fi
  "${command[@]}" 2>&1
}

undo() { # SUBDOMAIN: as it was before
  sql postgres update_undo -v subdomain="$1"
  open_page "$1"
}

update_modules() { # SUBDOMAIN
  [[ -x $ALTA_ODOO ]] || die "En este nodo no hay Odoo instalado ($ALTA_ODOO): no hay módulos que actualizar." "$EX_LACKING"
  step check
  # What an attempt left that was killed half way.
  ask postgres update_undo -v subdomain="$1"
  if [[ $REPLY == undone ]]; then note 'un intento anterior quedó a medias; se deshizo'; fi
  wanted_modules "$1"
  if [[ -z $MODULES ]]; then
    open_page "$1"
    good 'ningún módulo ha cambiado: nada que actualizar'
    return
  fi
  say "módulos: $MODULES"
  step snapshot
  close_page "$1" updating ''
  trap 'undo "$1"; exit 143' TERM
  sql postgres update_begin -v subdomain="$1" -v job="$JOB"
  step update
  if ! run_odoo "$1"; then
    undo "$1"
    die 'Odoo no pudo actualizar los módulos; la instancia queda como estaba.'
  fi
  step open
  sql postgres update_done -v subdomain="$1"
  open_page "$1"
  good "$1 actualizada"
}

detached update_modules "${1-}"

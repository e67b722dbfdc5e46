#!/usr/bin/env bash
# create_tenant.sh SUBDOMAIN <JSON: the tenant's Odoo, cloned from the template. Can be killed anywhere and run again.
#
# The clone is closed to everyone but PostgreSQL's superuser (CONNECTION LIMIT 0) until the last step opens it, so that
# nobody meets a half-made Odoo with the template's password. What is done is told by the database's own comment,
# written in the transaction that does it.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/files.sh"

check_name() { # SUBDOMAIN -> FOUND (absent unmarked ours leftover ready taken), TEMPLATE
  local problem owner instead odoo=''
  step check_name
  check_not_reserved "$1"
  if [[ -r $ALTA_STATE/odoo-version ]]; then odoo=$(<"$ALTA_STATE/odoo-version"); fi
  ask postgres check -v verb=create_tenant -v subdomain="$1" -v template="$ALTA_TEMPLATE" -v job="$JOB" -v odoo="$odoo"
  IFS='|' read -r FOUND owner TEMPLATE instead problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
  case $FOUND in
    absent) say "$1 está libre en este nodo" ;;
    unmarked) note "$1 quedó clonada a medias; se continúa" ;;
    ours) note "$1 ya se empezó en un intento anterior; se continúa" ;;
    leftover) note "restos del trabajo $owner, que nunca se entregaron: se retiran" ;;
    ready) good "$1 ya estaba lista" ;;
    taken) die "Ya existe una base $1 en este nodo (trabajo ${owner:-desconocido}). No se toca." "$EX_TAKEN" ;;
  esac
  if [[ -n $instead && $FOUND != ready ]]; then note "$instead"; fi
}

clone() { # SUBDOMAIN
  step clone
  case $FOUND in
    absent | leftover | unmarked)
      say "createdb -O $ALTA_DB_OWNER -T $TEMPLATE $1"
      sql postgres clone -v subdomain="$1" -v template="$TEMPLATE" -v usual="$ALTA_TEMPLATE" -v owner="$ALTA_DB_OWNER" \
        -v job="$JOB" -v found="$FOUND"
      ;;
    *) say 'ya estaba clonada' ;;
  esac
}

files() { # SUBDOMAIN
  local from=$ALTA_FILESTORE/$TEMPLATE to=$ALTA_FILESTORE/$1 new=$ALTA_FILESTORE/.$1.new began how entries
  shopt -s nullglob
  step files
  if [[ -e $to/.alta-job && $(<"$to/.alta-job") == "$JOB" ]]; then
    say 'los archivos ya estaban'
    return
  fi
  clock
  began=$REPLY
  # Never delete what might be somebody's: what stands in the way is put aside.
  if [[ -e $to ]]; then mv -T "$to" "$to.apartado-$JOB-$began"; fi
  rm -rf "$new"
  if [[ -d $from ]]; then copy_tree "$from" "$new"; else mkdir -p "$new" && how='sin archivos de plantilla'; fi
  printf '%s\n' "$JOB" >"$new/.alta-job"
  mv -T "$new" "$to"
  entries=("$to"/*/*)
  clock
  say "copia de archivos por $how: ${#entries[@]} entradas"
  good "archivos listos en $((REPLY - began)) ms"
}

address() { # SUBDOMAIN -> ONE_CLICK (true false)
  local line
  ONE_CLICK=false
  while IFS= read -r line; do
    case $line in true | false) ONE_CLICK=$line ;; *) say "$line" ;; esac
  done < <(sql "$1" payload marker address one_click)
  wait "$!" # its exit is psql's
}

create_tenant() { # SUBDOMAIN
  local began
  clock
  began=$REPLY
  check_name "$1"
  if [[ $FOUND != ready ]]; then
    clone "$1"
    sql "$1" payload marker identity company login
    files "$1"
    address "$1"
  else
    ONE_CLICK=$(sql "$1" one_click)
  fi
  clock
  good "instancia lista en $((REPLY - began)) ms"
  result "{\"database\": \"$1\", \"ms\": $((REPLY - began)), \"one_click\": $ONE_CLICK}"
}

detached create_tenant "${1-}"

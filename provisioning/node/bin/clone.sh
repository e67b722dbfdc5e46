#!/usr/bin/env bash
# clone.sh SUBDOMAIN <JSON (to, base_url): a staging copy, called `to`, of a tenant that goes on working meanwhile.
#
# Dumped and restored, not `createdb -T`: that would shut its people out while it runs (../README.md has the figures).
# The copy is closed until it sends no mail and runs no cron; killed anywhere, the same job takes it up again.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/files.sh"

check_name() { # SUBDOMAIN -> TO, FOUND (absent ours leftover ready)
  local problem
  step check_name
  ask postgres clone_check -v subdomain="$1" -v job="$JOB"
  IFS='|' read -r TO FOUND problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
  if [[ $FOUND == taken ]]; then die "Ya existe una base $TO en este nodo. No se toca." "$EX_TAKEN"; fi
  check_not_reserved "$TO"
  if [[ $FOUND == ours ]]; then note "$TO quedó copiada a medias; se continúa"; fi
}

copy() { # SUBDOMAIN: the database, into one that is closed to all but the superuser
  local began
  step copy
  ask postgres clone_begin -v subdomain="$1" -v to="$TO" -v owner="$ALTA_DB_OWNER" -v job="$JOB"
  if [[ $REPLY == copied ]]; then
    say 'la base ya estaba copiada'
    return
  fi
  # Before the dump, since Odoo may delete a file that the dump still names; and again afterwards for what came meanwhile.
  first_files "$1"
  clock
  began=$REPLY
  say "pg_dump $1 | psql $TO"
  as_superuser pg_dump --format=plain "$1" | as_superuser "${PSQL[@]}" --single-transaction -o /dev/null -d "$TO" -f -
  sql "$TO" clone_copied
  clock
  good "base copiada en $((REPLY - began)) ms, con $1 en marcha"
}

first_files() { # SUBDOMAIN: into .TO.new
  local from=$ALTA_FILESTORE/$1 new=$ALTA_FILESTORE/.$TO.new how
  rm -rf "$new"
  if [[ -d $from ]]; then copy_tree "$from" "$new"; else mkdir -p "$new"; fi
  # It may be a link to the original's own: never written through.
  rm -f "$new/.alta-job"
}

files() { # SUBDOMAIN: whole and in its place
  local from=$ALTA_FILESTORE/$1 to=$ALTA_FILESTORE/$TO new=$ALTA_FILESTORE/.$TO.new entries
  shopt -s nullglob
  step files
  if [[ -e $to/.alta-job && $(<"$to/.alta-job") == "$JOB" ]]; then
    say 'los archivos ya estaban'
    return
  fi
  clock
  if [[ -e $to ]]; then mv -T "$to" "$to.apartado-$JOB-$REPLY"; fi
  if [[ -d $new ]]; then later_files "$from" "$new"; else first_files "$1"; fi
  printf '%s\n' "$JOB" >"$new/.alta-job"
  mv -T "$new" "$to"
  entries=("$to"/*/*)
  good "archivos listos: ${#entries[@]} entradas"
}

later_files() { # FROM TO: what the original has got since
  local file folder
  for file in "$1"/*/*; do
    folder=$2/$(basename "${file%/*}")
    if [[ -f $file && ! -e $folder/${file##*/} ]]; then
      mkdir -p "$folder"
      cp -a "$file" "$folder/"
    fi
  done
}

neutralize() { # mail and crons off, with Odoo's own statements where it is installed; one transaction with its mark
  local command=(sql "$TO" marker payload neutralize) module place file found=0
  local -a places
  step neutralize
  IFS=: read -ra places <<<"$ALTA_ODOO_ADDONS"
  while IFS= read -r module; do
    for place in "${places[@]}"; do
      file=$place/$module/data/neutralize.sql
      if [[ -r $file ]]; then
        command+=(-f "$file")
        found=$((found + 1))
        break
      fi
    done
  done < <(sql "$TO" modules)
  wait "$!" # its exit is psql's
  "${command[@]}" -f "$ALTA_HOME/sql/neutralized.sql" --single-transaction
  if ((found)); then say "neutralizada con $found guiones de Odoo"; else note 'sin guiones de Odoo en este nodo: se usan los de Alta'; fi
}

clone() { # SUBDOMAIN
  check_name "$1"
  if [[ $FOUND != ready ]]; then
    copy "$1"
    files "$1"
    neutralize
    sql "$TO" payload marker address
  fi
  good "copia $TO lista"
  result "{\"database\": \"$TO\", \"source\": \"$1\"}"
}

detached clone "${1-}"

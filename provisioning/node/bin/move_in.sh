#!/usr/bin/env bash
# move_in.sh SUBDOMAIN <JSON (first, sha256; last, last_sha256): a tenant that comes from another node.
#
# Without `last`: the files of the first archive are made ready, while the tenant is still at work over there. With it:
# the files that came since, and the database beside, closed, counted, with every file that it names. It takes the name
# only with move_open.sh, when the panel's row says that it lives here.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"
source "${BASH_SOURCE[0]%/*}/web.sh"

at_end() { # EXIT
  if (($1)); then sql postgres drop_scratch -v job="$JOB" >/dev/null || true; fi # it was never there for anyone
}

named() { # KEY -> REPLY: a job's name in the payload, or empty
  local rule="\"$1\"[[:space:]]*:[[:space:]]*\"([A-Za-z0-9][A-Za-z0-9_-]{0,19})\""
  REPLY=''
  if [[ $ALTA_PAYLOAD =~ $rule ]]; then REPLY=${BASH_REMATCH[1]}; fi
}

first_files() { # DIR FILES: whole, or not there
  [[ ! -d $2 ]] || return 0
  rm -rf "$2.new"
  unpack_archive "$1" "$2.new"
  rm -f "$1/dump.pgc"
  mv -T "$2.new" "$2"
}

later_files() { # DIR FILES
  tar -xf "$1/archive.tar" -C "$1" manifest.json dump.pgc
  tar -xf "$1/archive.tar" -C "$2" --strip-components=1 files
  chown -R --reference="$ALTA_FILESTORE" "$2"
  ALTA_MANIFEST=$(<"$1/manifest.json")
  export ALTA_MANIFEST
}

check_files() { # DATABASE FILES
  local name missing=0 found=0
  while IFS= read -r name; do
    if [[ -f $2/$name ]]; then found=$((found + 1)); else missing=$((missing + 1)); fi
  done < <(sql "$1" stored_files)
  wait "$!" # its exit is psql's
  good "$found archivos que la base nombra están aquí"
  if ((missing)); then note "$missing faltan, como faltaban en el otro nodo"; fi
  result "{\"files\": $found, \"missing\": $missing}"
}

move_in() { # SUBDOMAIN
  local first last files
  ask postgres tenant_state -v subdomain="$1"
  [[ $REPLY == absent ]] || die "Ya existe una base $1 en este nodo. No se toca." "$EX_TAKEN"
  named first
  first=$REPLY
  named last
  last=$REPLY
  files=$ALTA_FILESTORE/.moving-$first
  archive_dir "$first"
  if [[ -z $last ]]; then
    check_archive "$REPLY"
    rm -rf "$files"
    first_files "$REPLY" "$files"
    good 'archivos de la primera copia listos'
    return
  fi
  first_files "$REPLY" "$files"
  archive_dir "$last"
  check_archive "$REPLY"
  later_files "$REPLY" "$files"
  load_archive "$REPLY" "moving-$1-$first"
  check_files "moving-$1-$first" "$files"
  sql postgres restored -v scratch="moving-$1-$first"
  # Visitors are sent here a moment before it is opened.
  close_page "$1" moving ''
}

detached move_in "${1-}"

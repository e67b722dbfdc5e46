#!/usr/bin/env bash
# backup.sh SUBDOMAIN <JSON: the tenant as one archive, kept here until it is fetched and discarded. With `without`, a job
# whose archive is still here: only the files that are not in that one.
#
# Dump, counts and the list of files are of one snapshot. The files are linked at once: Odoo never changes a stored file,
# but may delete one while the dump runs. Killed anywhere it is made anew.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"
source "${BASH_SOURCE[0]%/*}/archives.sh"

at_end() { # EXIT: the links go always, a half archive too (a full disk needs the room)
  rm -rf "$ALTA_FILESTORE/.backup-$JOB"
  if (($1)); then rm -rf "$ALTA_STATE/backups/$JOB"; fi
}

known_files() { # -> KNOWN: the names in the archive of the job that `without` names
  local name rule='"without"[[:space:]]*:[[:space:]]*"([A-Za-z0-9][A-Za-z0-9_-]{0,19})"'
  declare -gA KNOWN=()
  [[ $ALTA_PAYLOAD =~ $rule ]] || return 0
  archive_dir "${BASH_REMATCH[1]}"
  [[ -e $REPLY/names ]] || die 'La copia anterior ya no está en este nodo.' "$EX_ABSENT"
  while IFS= read -r -d '' name; do KNOWN[$name]=1; done <"$REPLY/names"
}

link_files() { # FROM TO, names on standard input -> LINKED, MISSING
  local name
  LINKED=0 MISSING=0
  rm -rf "$2"
  mkdir -p "$2"
  : >"$FOLDER/names"
  while IFS= read -r name && [[ $name != . ]]; do
    if [[ -n ${KNOWN[$name]-} ]]; then
      continue
    elif [[ -f $1/$name ]]; then
      printf '%s\0' "$name" >>"$FOLDER/names"
      LINKED=$((LINKED + 1))
    else
      MISSING=$((MISSING + 1))
    fi
  done
  [[ $name == . ]] || die 'PostgreSQL no contestó en este nodo.'
  ((LINKED)) || return 0
  cd "$1"
  xargs -0 cp -l --parents -t "$2" <"$FOLDER/names" 2>/dev/null || xargs -0 cp -a --parents -t "$2" <"$FOLDER/names"
  cd /
}

dump() { # SUBDOMAIN
  local snapshot holder
  step dump
  coproc HELD { sql "$1"; }
  holder=$HELD_PID
  printf '%s\n' "\\i '$ALTA_HOME/sql/snapshot.sql'" >&"${HELD[1]}"
  IFS= read -r -u "${HELD[0]}" snapshot || die 'PostgreSQL no contestó en este nodo.'
  IFS= read -r -u "${HELD[0]}" MANIFEST || die 'PostgreSQL no contestó en este nodo.'
  link_files "$ALTA_FILESTORE/$1" "$ALTA_FILESTORE/.backup-$JOB" <&"${HELD[0]}"
  of_postgres pg_dump -Fc --snapshot="$snapshot" -d "$1" >"$FOLDER/dump.pgc"
  eval "exec ${HELD[1]}>&-"
  wait "$holder" || true
  printf '%s\n' "$MANIFEST" >"$FOLDER/manifest.json"
  good "base volcada: $(stat -c %s "$FOLDER/dump.pgc") bytes"
  if ((MISSING)); then note "$MISSING archivos que la base nombra no están en el disco"; fi
}

pack() {
  local sum size
  step pack
  say "$LINKED archivos del almacén de Odoo"
  # The directory's name in the archive is always `files`.
  sum=$(tar -cf - --hard-dereference --transform="s,^\.backup-$JOB,files," -C "$FOLDER" manifest.json dump.pgc \
    -C "$ALTA_FILESTORE" ".backup-$JOB" | tee "$FOLDER/archive.part" | sha256sum)
  mv -f "$FOLDER/archive.part" "$FOLDER/archive.tar"
  rm -f "$FOLDER/dump.pgc"
  size=$(stat -c %s "$FOLDER/archive.tar")
  good "copia lista: $size bytes"
  printf '{"bytes": %s, "sha256": "%s", "files": %s, "missing": %s, "manifest": %s}\n' \
    "$size" "${sum%% *}" "$LINKED" "$MISSING" "$MANIFEST" >"$FOLDER/about.json"
  result "{\"bytes\": $size, \"sha256\": \"${sum%% *}\", \"files\": $LINKED, \"missing\": $MISSING}"
}

backup() { # SUBDOMAIN
  archive_dir "$JOB"
  FOLDER=$REPLY
  # What was never fetched, and what a panel that is gone never discarded.
  if [[ -d $ALTA_STATE/backups ]]; then
    find "$ALTA_STATE/backups" -mindepth 1 -maxdepth 1 -mmin +2880 -exec rm -rf {} +
  fi
  ask postgres tenant_state -v subdomain="$1"
  case $REPLY in
    ready | suspended) ;;
    foreign) die "La base $1 no es de Alta. No se toca." "$EX_TAKEN" ;;
    *) die "No hay una instancia $1 que copiar." "$EX_ABSENT" ;;
  esac
  rm -rf "$FOLDER"
  mkdir -p "$FOLDER"
  known_files
  dump "$1"
  pack
}

detached backup "${1-}"

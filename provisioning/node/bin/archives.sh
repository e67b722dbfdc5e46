# shellcheck shell=bash disable=SC2034
# A tenant as one archive: a tar of manifest.json, dump.pgc (pg_dump -Fc) and files/ (the filestore's files that the dump
# names). Sourced by backup, restore, prove, fetch, receive and discard. One directory a job: $ALTA_STATE/backups/JOB.

archive_dir() { REPLY=$ALTA_STATE/backups/$1; }

of_postgres() { # PROGRAM ARGS...: as whoever psql runs, with our own open files
  if [[ $ALTA_PSQL_AS != - ]]; then
    cd /
    runuser -u "$ALTA_PSQL_AS" -- "$@"
  else
    "$@"
  fi
}

check_archive() { # DIR: its checksum is the one that we were told
  local sum rule='"sha256"[[:space:]]*:[[:space:]]*"([0-9a-f]{64})"'
  [[ $ALTA_PAYLOAD =~ $rule ]] || die 'Falta la suma de comprobación de la copia.' "$EX_DATA"
  [[ -f $1/archive.tar ]] || die 'El archivo de la copia no está en este nodo.' "$EX_ABSENT"
  read -r sum _ < <(sha256sum "$1/archive.tar")
  [[ $sum == "${BASH_REMATCH[1]}" ]] || die 'La copia está dañada: su suma de comprobación no coincide. No se ha cambiado nada.' "$EX_DATA"
  say 'suma de comprobación correcta'
}

unpack_archive() { # DIR FILES: dump and manifest into DIR, the tenant's files into FILES
  rm -rf "$2" "$1/manifest.json" "$1/dump.pgc"
  mkdir -p "$2"
  tar -xf "$1/archive.tar" -C "$1" manifest.json dump.pgc
  tar -xf "$1/archive.tar" -C "$2" --strip-components=1 files
  # Odoo must be able to read them: they belong to whom the filestore belongs.
  chown -R --reference="$ALTA_FILESTORE" "$2"
  ALTA_MANIFEST=$(<"$1/manifest.json")
  export ALTA_MANIFEST
}

load_archive() { # DIR SCRATCH: the dump into a new closed database, counted against the manifest
  step load
  sql postgres scratch -v scratch="$2" -v owner="$ALTA_DB_OWNER" -v job="$JOB"
  of_postgres pg_restore --no-owner --role="$ALTA_DB_OWNER" --exit-on-error -d "$2" <"$1/dump.pgc"
  step count
  ask "$2" counts compare
  [[ -z $REPLY ]] || die "Los registros restaurados no son los de la copia: $REPLY" "$EX_DATA"
  ask "$2" counts counted
  good "$REPLY"
}

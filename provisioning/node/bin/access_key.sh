#!/usr/bin/env bash
# access_key.sh <LINE (ID KEY PANEL): the public key whose tokens this node's tenants take from that panel, in place of
# the panel's earlier one. A file of the node: clones and restored databases need nothing done to them.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"

rule='^([A-Za-z0-9_-]{4,32}) ([A-Za-z0-9_-]{43}) ([A-Za-z0-9.:-]{1,120})$'
IFS= read -r -n 300 line || true
[[ $line =~ $rule ]] || die 'Clave de acceso no válida.' "$EX_DATA"
panel=${BASH_REMATCH[3]}
file=$ALTA_ETC/access.pub
mkdir -p "$ALTA_ETC"
exec 5>"$ALTA_ETC/.access.lock"
flock -w 10 5 || die 'La clave de acceso se está cambiando.' "$EX_BUSY"
{
  printf '%s\n' "$line"
  if [[ -r $file ]]; then
    kept=0 # what panels left that are long gone would only grow
    while ((kept < 20)) && read -r kid key owner; do
      if [[ $owner != "$panel" ]]; then printf '%s %s %s\n' "$kid" "$key" "$owner" && ((++kept)); fi
    done <"$file"
  fi
} >"$file.new"
# Odoo reads it as a user of its own.
chmod 644 "$file.new"
chmod a+x "$ALTA_ETC"
mv -f "$file.new" "$file"
mapfile -t lines <"$file"
result "{\"keys\": ${#lines[@]}}"

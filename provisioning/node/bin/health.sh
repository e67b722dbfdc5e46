#!/usr/bin/env bash
# health.sh: how the node is, as one JSON object. Sizes in bytes, load as in /proc/loadavg.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"

read -r load1 load5 load15 _ </proc/loadavg
while read -r key kilobytes _; do
  case $key in
    MemTotal:) memory_total=$((kilobytes * 1024)) ;;
    MemAvailable:) memory_free=$((kilobytes * 1024)) ;;
  esac
done </proc/meminfo
odoo_version
# For create_tenant.sh, which has no time to ask: a template that another version made is not handed out.
mkdir -p "$ALTA_STATE"
if [[ ! -e $ALTA_STATE/odoo-version || $(<"$ALTA_STATE/odoo-version") != "$REPLY" ]]; then
  printf '%s\n' "$REPLY" >"$ALTA_STATE/odoo-version"
fi
odoo=$REPLY access_keys=''
if [[ -r $ALTA_ETC/access.pub ]]; then
  while read -r kid _; do access_keys+=${access_keys:+,}$kid; done <"$ALTA_ETC/access.pub"
fi
kit=${ALTA_HOME##*/} # a content hash where Alta installed it
[[ $kit =~ ^[0-9a-f]{64}$ ]] || kit=''
cpus=$(nproc)
mkdir -p "$ALTA_FILESTORE"
{ read -r _ && read -r disk_total disk_free; } < <(df -B1 --output=size,avail "$ALTA_FILESTORE")
ask postgres health -v template="$ALTA_TEMPLATE" -v version="$ALTA_VERSION" -v kit="$kit" -v cpus="$cpus" \
  -v load="[$load1, $load5, $load15]" -v memory_total="$memory_total" -v memory_free="$memory_free" \
  -v disk_total="$disk_total" -v disk_free="$disk_free" -v access_keys="$access_keys" -v odoo="$odoo"
result "$REPLY"

# shellcheck shell=bash
# A database's files, copied whole. Sourced by verbs.

copy_tree() { # FROM TO -> how. Odoo never changes a stored file in place (its name is its checksum): links are safe
  local some=("$1"/*/*)
  # Asked of one file first: cp would refuse the whole tree file by file.
  if cp --reflink=always "${some[0]-}" "$2.probe" 2>/dev/null; then
    cp -a --reflink=auto "$1" "$2"
    how=reflink
  elif cp -al "$1" "$2" 2>/dev/null; then
    how='enlaces duros'
  else
    rm -rf "$2"
    cp -a "$1" "$2"
    how=copia
  fi
  rm -f "$2.probe"
}

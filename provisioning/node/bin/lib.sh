# shellcheck shell=bash disable=SC2034
# Shared by every verb: configuration, the words for people and for the program, checks, psql. See ../README.md.

umask 077
export LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8

# The kit may be replaced while we run (a link is moved): from here on we are in the directory behind the link.
cd -P -- "${BASH_SOURCE[0]%/bin/*}"
ALTA_HOME=$PWD
ALTA_VERSION=$(<"$ALTA_HOME/VERSION")
: "${ALTA_ETC:=/etc/alta}"
# shellcheck source=/dev/null
if [[ -r $ALTA_ETC/node.conf ]]; then source "$ALTA_ETC/node.conf"; fi
: "${ALTA_STATE:=/var/lib/alta}"
: "${ALTA_TEMPLATE:=odoo19_template}"
: "${ALTA_DB_OWNER:=odoo}"
: "${ALTA_FILESTORE:=/var/lib/odoo/.local/share/Odoo/filestore}"
# The system user whose psql is PostgreSQL's superuser by peer authentication; "-" runs psql as whoever we are.
: "${ALTA_PSQL_AS:=postgres}"
# Connections that Odoo may hold to one tenant's database: who takes them all takes them from nobody else.
: "${ALTA_CONNECTIONS:=40}"
# What nginx serves for us: pages of closed databases and the map of own domains. And where its pid is, if it runs.
: "${ALTA_WEB:=/var/lib/alta-web}"
: "${ALTA_NGINX_PID:=/run/nginx.pid}"
# Odoo's program, its configuration, the system user that it runs as, and where modules are found (separated by colons).
: "${ALTA_ODOO:=/usr/bin/odoo}"
: "${ALTA_ODOO_CONF:=/etc/odoo/odoo.conf}"
: "${ALTA_ODOO_AS:=odoo}"
: "${ALTA_ODOO_ADDONS:=/usr/lib/python3/dist-packages/odoo/addons:$ALTA_HOME/addons}"
export ALTA_ETC ALTA_STATE

# Exit codes. Below 64 the work itself failed; these say that it was refused and nothing was begun or changed.
readonly EX_USAGE=64 EX_DATA=65 EX_LACKING=69 EX_TAKEN=73 EX_BUSY=75 EX_ABSENT=96 EX_LOST=97

say() { printf '%s\n' "$*"; }
good() { printf '\e[32m%s\e[0m\n' "$*"; }
note() { printf '\e[33m%s\e[0m\n' "$*"; }
step() { printf '::step %s\n' "$1"; }
result() { printf '::result %s\n' "$1"; }
die() { # SENTENCE [EXIT]
  printf '\e[31m%s\e[0m\n' "$1" >&2
  exit "${2:-1}"
}

odoo_version() { # leaves the installed Odoo's version in REPLY, empty where there is none
  REPLY=''
  [[ -x $ALTA_ODOO ]] || return 0
  # The package's, which names the build; Odoo's own program takes a second to say less.
  REPLY=$(dpkg-query -W -f='${Version}' 'odoo-[0-9]*' 2>/dev/null || true)
  if [[ -z $REPLY ]]; then REPLY=$("$ALTA_ODOO" --version 2>/dev/null || true); fi
  REPLY=${REPLY//[^A-Za-z0-9.+~ -]/}
}

clock() { # leaves milliseconds in REPLY, without starting a process
  REPLY=$((${EPOCHREALTIME/[.,]/} / 1000))
}

check_subdomain() { # NAME: grammar only; the same rule is in provisioning/commands.py
  local rule='^[a-z][a-z0-9-]{2,30}$'
  [[ $1 =~ $rule && $1 != *- && $1 != *--* ]] || die 'Nombre de instancia no válido.' "$EX_USAGE"
}

check_archived() { # NAME: archived-SUBDOMAIN-JOB, as archive.sh names what it keeps
  local rule='^archived-[a-z][a-z0-9-]{2,30}-[A-Za-z0-9][A-Za-z0-9_-]{0,19}$'
  [[ $1 =~ $rule ]] || die 'Nombre de base archivada no válido.' "$EX_USAGE"
}

check_not_reserved() { # NAME
  local words
  words=$(<"$ALTA_HOME/reserved-names.txt")
  [[ $'\n'$words$'\n' != *$'\n'"$1"$'\n'* ]] || die "El nombre $1 está reservado." "$EX_USAGE"
}

check_job() { # ID
  local rule='^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$'
  [[ $1 =~ $rule ]] || die 'Número de trabajo no válido.' "$EX_USAGE"
}

# Debian's psql is a Perl program that chooses among versions, and dearer than most of what it is asked: the real one.
PSQL_PROGRAM=psql
if hash psql 2>/dev/null && [[ ${BASH_CMDS[psql]} == /usr/bin/psql ]]; then
  for PSQL_PROGRAM in psql /usr/lib/postgresql/*/bin/psql; do :; done
  [[ -x $PSQL_PROGRAM ]] || PSQL_PROGRAM=psql
fi

# terse: the detail of an error quotes rows and statements, with whatever they hold
readonly PSQL=("$PSQL_PROGRAM" -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=terse)

sql() { # DATABASE NAME... [-v key=value...]: runs sql/NAME.sql in one session; secrets travel only in the environment
  local database=$1 command=("${PSQL[@]}" -A -t -F '|' -v connections="$((ALTA_CONNECTIONS))")
  shift
  while (($#)) && [[ $1 != -* ]]; do
    command+=(-f "$ALTA_HOME/sql/$1.sql")
    shift
  done
  as_superuser "${command[@]}" -d "$database" "$@"
}

ask() { # like sql, with the answer in REPLY; ends as psql did where there is none, which `[[ $(sql) ]]`, `case $(sql)` and
  # `read < <(sql)` would all take for an empty answer
  REPLY=$(sql "$@") || exit
}

as_superuser() { # COMMAND...: as the system user whom PostgreSQL takes for its superuser
  if [[ $ALTA_PSQL_AS == - ]]; then
    "$@"
  else
    cd / # the other user may not enter our directory
    runuser -u "$ALTA_PSQL_AS" -- "$@"
  fi
}

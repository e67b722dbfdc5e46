#!/usr/bin/env bash
# build_blueprint.sh NAME <JSON (modules, languages, country, currency): a template database for new tenants, made aside,
# tested, and only then a template. Needs Odoo. Can be killed anywhere and run again.
#
# Each build is a version with a name of its own (bp_NAME_JOB): who clones the one before goes on with it. The version
# before stays until the next one is built.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"

odoo() { # [shell] OPTIONS...: Odoo on the database in the making; its words go into the log
  local command=(env "PGAPPNAME=$PGAPPNAME" "ALTA_PAYLOAD=$ALTA_PAYLOAD" "ALTA_ACCESS_KEYS=$ALTA_ETC/access.pub" "$ALTA_ODOO")
  if [[ $1 == shell ]]; then command+=(shell) && shift; fi
  command+=(-c "$ALTA_ODOO_CONF" -d "$MAKING" --no-http --max-cron-threads=0 --logfile=
    --log-handler=:WARNING --log-handler=odoo.modules.loading:INFO "$@")
  if [[ $ALTA_ODOO_AS != - ]]; then command=(runuser -u "$ALTA_ODOO_AS" -- "${command[@]}"); fi
  "${command[@]}" 2>&1
}

check() { # NAME -> MODULES, LANGUAGES, FOUND (absent made)
  local problem
  step check
  [[ -x $ALTA_ODOO ]] || die "En este nodo no hay Odoo instalado ($ALTA_ODOO): no se puede construir una plantilla." "$EX_LACKING"
  ask postgres blueprint_check -v template="$TEMPLATE" -v job="$JOB"
  IFS='|' read -r FOUND MODULES LANGUAGES problem <<<"$REPLY"
  [[ -z $problem ]] || die "$problem" "$EX_DATA"
}

install_modules() {
  local began
  step install
  clock
  began=$REPLY
  # What an attempt left that was killed half way.
  sql postgres blueprint_clear -v making="$MAKING" -v owner="$ALTA_DB_OWNER"
  rm -rf "${ALTA_FILESTORE:?}/$MAKING" "${ALTA_FILESTORE:?}/$TEMPLATE"
  say "odoo -i $MODULES --load-language=$LANGUAGES"
  odoo -i "$MODULES" "--load-language=$LANGUAGES" --without-demo=True --stop-after-init
  clock
  good "módulos instalados en $(((REPLY - began) / 1000)) s"
}

run_script() { # FILE: in Odoo's shell, which ends well whatever its script meets; so the script says that it is done
  local line done=''
  while IFS= read -r line; do
    if [[ $line == '::done' ]]; then done=yes; else say "$line"; fi
  done < <(odoo shell <"$ALTA_HOME/odoo/$1")
  [[ -n $done ]] || die "La plantilla no pasó «$1»; la que había sigue en uso."
}

swap() { # NAME: from now on it is a template, and not before
  step swap
  if [[ -d $ALTA_FILESTORE/$MAKING ]]; then mv -T "$ALTA_FILESTORE/$MAKING" "$ALTA_FILESTORE/$TEMPLATE"; fi
  sql postgres blueprint_swap -v making="$MAKING" -v template="$TEMPLATE" -v name="$1" -v job="$JOB" -v odoo="$ODOO"
  good "plantilla $TEMPLATE lista"
}

forget_old() { # NAME: all but this one and the one before
  local old
  while IFS= read -r old; do
    if sql postgres blueprint_drop -v template="$old"; then
      rm -rf "${ALTA_FILESTORE:?}/$old"
      say "plantilla anterior $old retirada"
    else
      note "la plantilla anterior $old está en uso; se retira con la próxima"
    fi
  done < <(sql postgres blueprint_old -v name="$1")
  wait "$!" # its exit is psql's
}

build_blueprint() { # NAME
  local part=${1//-/_}
  TEMPLATE=bp_${part}_${JOB//-/_} MAKING=new_bp_$part
  TEMPLATE=${TEMPLATE,,}
  odoo_version
  ODOO=$REPLY
  check "$1"
  if [[ $FOUND == made ]]; then
    good "$TEMPLATE ya estaba hecha"
  else
    install_modules
    step localize
    run_script blueprint_setup.shell
    step test
    run_script blueprint_test.shell
    swap "$1"
  fi
  forget_old "$1"
  result "{\"template\": \"$TEMPLATE\", \"odoo\": \"$ODOO\"}"
}

detached build_blueprint "${1-}"

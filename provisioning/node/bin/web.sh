# shellcheck shell=bash
# What visitors meet in front of Odoo: a page where a database is closed, and customers' own domains. Sourced by verbs.
# nginx (../nginx), and the stand-in's web side, read the same files under ALTA_WEB.

web_folder() { # NAME -> REPLY; nginx's workers read there, so unlike everything else of ours it is open to all
  REPLY=$ALTA_WEB/$1
  (umask 022 && mkdir -p "$REPLY")
}

close_page() { # SUBDOMAIN REASON PORTAL: from now on visitors read why, with a link to the customer's portal
  local title text link='' page
  case $2 in
    unpaid)
      title='Odoo suspendido'
      text='Hay un pago pendiente. Los datos se conservan, y al pagar vuelve en segundos.'
      link='Entrar en mi portal y pagar'
      ;;
    moving)
      title='Estamos moviendo este Odoo'
      text='Vuelve en un minuto; los datos no se tocan.'
      ;;
    updating)
      title='Estamos actualizando este Odoo'
      text='Vuelve en unos minutos; los datos no se tocan.'
      ;;
    *)
      title='Odoo suspendido'
      text='Está suspendido por ahora. Los datos se conservan.'
      link='Entrar en mi portal'
      ;;
  esac
  if [[ -n $link && -n $3 ]]; then link="<p><a class=\"button\" href=\"$3\">$link</a></p>"; else link=''; fi
  page=$(<"$ALTA_HOME/nginx/closed.html")
  page=${page//@TITLE@/"$title"}
  page=${page//@TEXT@/"$text"}
  page=${page//@LINK@/"$link"}
  web_folder closed
  printf '%s\n' "$page" >"$REPLY/.$1.new"
  chmod 644 "$REPLY/.$1.new"
  mv -f "$REPLY/.$1.new" "$REPLY/$1.html"
}

open_page() { # SUBDOMAIN
  rm -f "$ALTA_WEB/closed/$1.html"
}

has_domain() { # SUBDOMAIN: whether the proxy sends it an own domain
  [[ -e $ALTA_WEB/domains.map && $(<"$ALTA_WEB/domains.map") == *" $1;"* ]]
}

publish_domains() { # writes the map of own domains anew from the databases' comments, and has nginx read it
  web_folder ''
  exec 5>"$ALTA_STATE/domains.lock"
  flock -w 60 5 || die 'Otro trabajo sigue ocupado con los dominios.' "$EX_BUSY"
  sql postgres domains >"$ALTA_WEB/.domains.new"
  chmod 644 "$ALTA_WEB/.domains.new"
  mv -f "$ALTA_WEB/.domains.new" "$ALTA_WEB/domains.map"
  if [[ -s $ALTA_NGINX_PID ]]; then
    # Always, also where nothing changed: an attempt may have been killed between the file and this.
    nginx -t -q || die 'nginx no acepta la configuración: el dominio no se sirve.'
    nginx -s reload 2>/dev/null # it says on stderr that all is well
    say 'nginx recargado'
  else
    say 'en este nodo no hay nginx que recargar'
  fi
  exec 5>&-
}

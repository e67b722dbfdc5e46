#!/usr/bin/env bash
# probe.sh JOB [status | follow OFFSET | stop]: what became of a job, its log from a byte on, or its end.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"
source "${BASH_SOURCE[0]%/*}/jobs.sh"

settle() { # DIR -> STATE, CODE; waits while the job is being started
  STATE=absent CODE=null
  if [[ -e $1/start.lock ]]; then
    exec 8>>"$1/start.lock"
    flock -w 30 8 || die 'El trabajo se está empezando y no contesta.' "$EX_BUSY"
    job_state "$1"
  fi
}

status() { # DIR
  local bytes=0
  settle "$1"
  if [[ $STATE != absent ]]; then bytes=$(stat -c %s "$1/log"); fi
  result "{\"state\": \"$STATE\", \"exit\": $CODE, \"bytes\": $bytes}"
}

stop() { # DIR: under start.lock, so that it cannot be started again meanwhile
  local pid
  settle "$1"
  if [[ $STATE == running ]]; then
    # While run.lock is held somebody of that process group lives, so its number cannot be another's.
    pid=$(<"$1/pid")
    kill -TERM -- "-$pid" 2>/dev/null || true
    if ! flock -w 2 -s "$1/run.lock" true; then
      kill -KILL -- "-$pid" 2>/dev/null || true
      flock -w 5 -s "$1/run.lock" true || die 'El trabajo no se deja detener.' "$EX_BUSY"
    fi
    end_statements "$1"
    job_state "$1"
    printf '\e[33mdetenido\e[0m\n' >>"$1/log"
  fi
  if [[ $STATE == lost ]]; then write_outcome "$1" 143; fi
  rm -f "$1/payload"
  exec 8>&-
  status "$1"
}

end_statements() { # DIR: what PostgreSQL still does for a client that is gone
  local verb subdomain
  read -r verb subdomain <"$1/verb"
  sql postgres end_statements -v subdomain="$subdomain" >/dev/null || note "PostgreSQL no contestó al detener $verb"
}

check_job "${1-}"
job_dir "$1"
case ${2-status} in
  status) status "$REPLY" ;;
  stop) stop "$REPLY" ;;
  follow)
    [[ ${3-0} =~ ^[0-9]{1,15}$ ]] || die 'Posición no válida.' "$EX_USAGE"
    settle "$REPLY"
    [[ $STATE != absent ]] || exit "$EX_ABSENT"
    exec 8>&-
    follow "$REPLY" "$((10#${3-0}))"
    ;;
  *) die 'Uso: probe.sh TRABAJO [status | follow BYTE | stop]' "$EX_USAGE" ;;
esac

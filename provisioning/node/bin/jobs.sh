# shellcheck shell=bash
# A verb's work, detached: started once per job id, its output in a file, its outcome in a marker. Sourced by verbs.
#
# A job's directory: log, attempt (number), verb, outcome (`ok` or `failed EXIT`), pid (process group), payload (only
# while running). `run.lock` is held by the worker process and, inherited, by all that it starts: "running" means that
# the lock is held, which neither a reused pid nor a reboot nor a kill -9 can falsify. `start.lock` makes starts queue.

NAME_CHECK=check_subdomain # a verb on something else sets its own

job_dir() { REPLY=$ALTA_STATE/jobs/$1; }

read_payload() { # standard input -> PAYLOAD, JOB, OFFSET
  # Only `job` and `offset` are read here, by pattern: inside a JSON string no quote stands unescaped, so `"job":` can
  # only be a key. PostgreSQL parses the whole (payload.sql); a JSON parser here would cost a process more.
  local job_rule='"job"[[:space:]]*:[[:space:]]*"?([A-Za-z0-9_-]+)' offset_rule='"offset"[[:space:]]*:[[:space:]]*([0-9]{1,15})'
  PAYLOAD='' JOB='' OFFSET=0
  if IFS= read -r -N 65536 PAYLOAD; then die 'Datos de entrada demasiado largos.' "$EX_DATA"; fi
  if [[ $PAYLOAD =~ $job_rule ]]; then JOB=${BASH_REMATCH[1]}; fi
  if [[ $PAYLOAD =~ $offset_rule ]]; then OFFSET=$((10#${BASH_REMATCH[1]})); fi
  check_job "$JOB"
}

job_state() { # DIR -> STATE (absent running ok failed lost), CODE
  local word=''
  STATE=absent CODE=null
  [[ -e $1/attempt ]] || return 0
  if ! flock -n -s "$1/run.lock" true; then
    STATE=running
    return 0
  fi
  if [[ -e $1/outcome ]]; then read -r word CODE <"$1/outcome" || true; fi
  case $word in
    ok) STATE=ok CODE=0 ;;
    failed) STATE=failed ;;
    *) STATE=lost CODE=null ;;
  esac
}

follow() { # DIR OFFSET: prints the log from that byte until the job ends; exits as the job did
  local waiter
  # tail sleeps on inotify and looks every 10 ms whether the waiter, who sleeps on the lock, has gone.
  flock -s "$1/run.lock" true </dev/null >/dev/null 2>&1 &
  waiter=$!
  tail -c "+$(($2 + 1))" -s 0.01 -f --pid="$waiter" "$1/log" 2>/dev/null || true
  job_state "$1"
  case $STATE in
    ok | failed) exit "$CODE" ;;
    lost) exit "$EX_LOST" ;;
    *) exit "$EX_BUSY" ;; # our reader has gone while the job runs on
  esac
}

detached() { # WORK SUBDOMAIN (or what NAME_CHECK lets through): the one entry of a verb, in the caller's process and again in the detached one
  "$NAME_CHECK" "$2"
  if [[ -n ${ALTA_ATTEMPT:-} ]]; then
    run_attempt "$@"
    return
  fi
  read_payload
  job_dir "$JOB"
  local dir=$REPLY
  mkdir -p "$dir" "$ALTA_STATE/tenants"
  exec 8>"$dir/start.lock"
  flock -w 30 8 || die 'El trabajo no se pudo empezar: otro lo está empezando.' "$EX_BUSY"
  job_state "$dir"
  if [[ $STATE != absent && $(<"$dir/verb") != "$1 $2" ]]; then
    die 'Ese número de trabajo es de otra tarea.' "$EX_DATA"
  fi
  case $STATE in absent | failed | lost) start_attempt "$dir" "$@" ;; esac
  exec 8>&-
  follow "$dir" "$OFFSET"
}

start_attempt() { # DIR WORK SUBDOMAIN, under start.lock; returns when the detached process holds run.lock
  local dir=$1 attempt=0 heard=''
  if [[ -e $dir/attempt ]]; then attempt=$(<"$dir/attempt"); fi
  attempt=$((attempt + 1))
  rm -f "$dir/outcome"
  printf '%s' "$PAYLOAD" >"$dir/payload"
  if ((attempt == 1)); then printf '%s %s\n' "$2" "$3" >"$dir/verb"; fi
  : >>"$dir/log"
  : >>"$dir/run.lock"
  [[ -p $dir/started ]] || mkfifo "$dir/started"
  exec 7<>"$dir/started"
  printf '%s\n' "$attempt" 1<>"$dir/attempt" # in its place: a full disk does not take the number away
  launch "$dir" "$attempt" "$ALTA_HOME/bin/${0##*/}" "$3"
  while [[ $heard != "$attempt" ]]; do
    IFS= read -r -t 10 -u 7 heard || die 'El trabajo no se pudo empezar en el nodo.' "$EX_BUSY"
    [[ $heard != *[!0-9]* ]] || die "El trabajo no se pudo empezar en el nodo: $heard" "$EX_BUSY"
  done
  exec 7>&-
}

launch() { # DIR ATTEMPT SCRIPT SUBDOMAIN
  local dir=$1 environment=("ALTA_ATTEMPT=$2" "ALTA_JOB=$JOB" "ALTA_ETC=$ALTA_ETC" "ALTA_STATE=$ALTA_STATE")
  if [[ ${ALTA_DETACH:-} != setsid && -d /run/systemd/system || ${ALTA_DETACH:-} == systemd ]]; then
    # A unit of its own, so that neither the SSH session's nor the container agent's end takes the work along.
    systemd-run --quiet --collect --no-block --unit="alta-job-$JOB" "${environment[@]/#/--setenv=}" \
      --property="StandardOutput=append:$dir/log" --property="StandardError=append:$dir/log" \
      -- "$BASH" "$3" "$4" 7>&- 8>&-
  else
    env "${environment[@]}" setsid "$BASH" "$3" "$4" </dev/null >>"$dir/log" 2>&1 7>&- 8>&- &
    disown # or this shell would tell of its end, in the middle of the output
  fi
}

run_attempt() { # WORK SUBDOMAIN, in the detached process
  check_job "$ALTA_JOB"
  job_dir "$ALTA_JOB"
  JOB=$ALTA_JOB JOB_DIR=$REPLY
  exec 9>"$JOB_DIR/run.lock"
  flock -w 10 9 || exit 0
  # A process that was slow to start may find that a later attempt has replaced it.
  [[ $(<"$JOB_DIR/attempt") == "$ALTA_ATTEMPT" && ! -e $JOB_DIR/outcome ]] || exit 0
  # What keeps us from beginning is told to the starter: with a full disk the log takes no word of it.
  { printf '%s\n' "$$" >"$JOB_DIR/pid"; } 2<>"$JOB_DIR/started"
  trap finish EXIT
  trap 'exit 143' TERM
  # Opened for both, or a starter that has died meanwhile would block us for ever.
  printf '%s\n' "$ALTA_ATTEMPT" 1<>"$JOB_DIR/started"
  ALTA_PAYLOAD=$(<"$JOB_DIR/payload")
  export ALTA_PAYLOAD PGAPPNAME="alta $2"
  if ((ALTA_ATTEMPT > 1)); then note "intento $ALTA_ATTEMPT"; fi
  exec 6>"$ALTA_STATE/tenants/$2.lock"
  flock -w 60 6 || die "Otro trabajo sigue ocupado con $2." "$EX_BUSY"
  "$@"
}

finish() { # EXIT trap of the detached process
  local code=$?
  trap - EXIT
  if declare -F at_end >/dev/null; then at_end "$code" || true; fi # a verb's own tidying
  if ((code)); then printf '\e[31mel trabajo terminó con un error (código %s)\e[0m\n' "$code"; fi
  rm -f "$JOB_DIR/payload"
  write_outcome "$JOB_DIR" "$code"
}

write_outcome() { # DIR EXIT
  if (($2)); then printf 'failed %s\n' "$2"; else say ok; fi >"$1/outcome.new"
  mv -f "$1/outcome.new" "$1/outcome"
}

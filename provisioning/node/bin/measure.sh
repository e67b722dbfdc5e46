#!/usr/bin/env bash
# measure.sh: how fast the node clones its template, alone and several at once, as one JSON object. Takes some seconds.
#
# Its databases have names that no tenant can have (an underscore), are closed to everyone, and are gone afterwards.
set -euo pipefail
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly CLONES=4

exec 9>"$ALTA_STATE/measure.lock"
flock -n 9 || die 'Ya se está midiendo este nodo.' "$EX_BUSY"

drop() { sql postgres drop_measure; }
trap drop EXIT

clones() { # AT_ONCE -> REPLY: milliseconds for all of them
  local began first number pid pids
  clock
  began=$REPLY
  for ((first = 0; first < CLONES; first += $1)); do
    pids=()
    for ((number = first; number < first + $1; number++)); do
      sql postgres measure -v name="alta_measure_$number" -v template="$ALTA_TEMPLATE" &
      pids+=("$!")
    done
    for pid in "${pids[@]}"; do wait "$pid" || die 'La plantilla no se pudo clonar para medir.'; done
  done
  clock
  REPLY=$((REPLY > began ? REPLY - began : 1))
}

drop
rates='' best=0 alone=0
declare -A rate
for at_once in 1 2 4; do
  clones "$at_once"
  ((alone)) || alone=$REPLY
  rate[$at_once]=$((CLONES * 100000 / REPLY)) # hundredths of a clone a second
  ((rate[$at_once] <= best)) || best=${rate[$at_once]}
  rates+="${rates:+, }\"$at_once\": $((rate[$at_once] / 100)).$(printf %02d $((rate[$at_once] % 100)))"
  if ((at_once == CLONES)); then odoo=$(sql alta_measure_0 odoo_version); fi
  drop
done
for enough in 1 2 4; do
  if ((rate[$enough] * 10 >= best * 9)); then break; fi
done
# Half of a job is not cloning, so twice as many jobs keep the disk busy; fewer than four would leave processors idle.
concurrency=$((enough > 1 ? 2 * enough : 4))
result "{\"clone_ms\": $((alone / CLONES)), \"rates\": {$rates}, \"concurrency\": $concurrency, \"odoo\": \"$odoo\"}"

#!/usr/bin/env bash
# Runs a bneck command in shards on several machines over ssh, with GNU parallel.
#
#     HOSTS=hosts.txt docs/scale/parallel.sh 32 segment /data/photos -o /data/out --save ids --skip-existing --jsonl
#
# The first argument is the number of shards, the rest is the command without --shard; {} in it becomes the number of
# the shard. HOSTS lists the machines, one `user@name` a line; without it all runs here. JOBS is the number of shards
# that a machine does at once (1: each uses all cores). What a shard prints goes to LOGS/1/<number>/stdout and stderr.
# A shard that breaks off is tried twice more, on another machine if there is one. Exit status: 0 all is done, 1 some
# inputs failed or one shard did not end, 2 to 101 so many shards did not end (2 also for arguments that are no use).
set -euo pipefail
if ! [[ ${1:-} =~ ^[1-9][0-9]*$ ]] || [ $# -lt 2 ]; then
  echo "usage: [HOSTS=hosts.txt] [JOBS=1] [LOGS=shards] $0 SHARDS COMMAND [ARGUMENT ...], as in: $0 8 segment photos" >&2
  exit 2
fi
shards=$1
shift
logs=${LOGS:-shards}
machines=(--sshlogin :)
if [ -n "${HOSTS:-}" ]; then machines=(--sshloginfile "$HOSTS"); fi

# Exit status 1 says that some inputs failed: another try would fail at them too. The last line tells a shard that
# ended from one that was never begun, which parallel takes for done where a machine has no shell to start it in.
once='bneck "$@"; status=$?; echo "shard ended: $status" >&2; if [ $status -eq 1 ]; then exit 0; fi; exit $status'

seq "$shards" | parallel --quote "${machines[@]}" --jobs "${JOBS:-1}" --retries 3 \
  --results "$logs" --joblog "$logs.log" sh -c "$once" sh "$@" --shard "{}/$shards" > /dev/null && status=0 || status=$?

ended=0
for shard in $(seq "$shards"); do
  printed=$logs/1/$shard/stderr
  case $(tail -n 1 "$printed" 2> /dev/null || true) in
    "shard ended: 0") ;;
    "shard ended: 1") grep '^bneck: error:' "$printed" >&2 || cat "$printed" >&2; ended=1 ;;
    "shard ended: "*) echo "shard $shard broke off: see $logs.log, and $printed" >&2; tail -n 4 "$printed" >&2; ended=1 ;;
    *) echo "shard $shard did not begin, or was killed: see $logs.log, and $printed" >&2; ended=1 ;;
  esac
done
if [ "$status" -eq 0 ]; then status=$ended; fi
exit "$status"

#!/usr/bin/env bash
# Runs a bneck command in shards on several machines over ssh, with GNU parallel.
#
#     HOSTS=hosts.txt docs/scale/parallel.sh 32 segment /data/photos -o /data/out --save ids --skip-existing --jsonl
#
# The first argument is the number of shards, the rest is the command without --shard; {} in it becomes the number of
# the shard. HOSTS lists the machines, one `user@name` a line; without it all runs here. JOBS is the number of shards
# that a machine does at once (1: each uses all cores). What a shard prints goes to LOGS/1/<number>/stdout and stderr.
# A shard that breaks off is tried twice more, on another machine if there is one. Exit status: 0 all is done, 1 some
# inputs failed or one shard did not end, 2 to 101 so many shards did not end.
set -euo pipefail
shards=$1
shift
logs=${LOGS:-shards}
machines=(--sshlogin :)
if [ -n "${HOSTS:-}" ]; then machines=(--sshloginfile "$HOSTS"); fi

# Exit status 1 says that some inputs failed: another try would fail at them too.
once='bneck "$@"; status=$?; if [ $status -eq 1 ]; then exit 0; fi; exit $status'

seq "$shards" | parallel --quote "${machines[@]}" --jobs "${JOBS:-1}" --retries 3 \
  --results "$logs" --joblog "$logs.log" sh -c "$once" sh "$@" --shard "{}/$shards" > /dev/null

if grep --quiet --recursive --include=stderr '^bneck: error:' "$logs"; then
  grep --no-filename --recursive --include=stderr '^bneck: error:' "$logs" >&2
  exit 1
fi

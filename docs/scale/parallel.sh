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

# Exit status 1 says that some inputs failed: another try would fail at them too. The last line tells a shard that
# ended from one that was never begun, which parallel takes for done where a machine has no shell to start it in.
once='bneck "$@"; status=$?; echo "shard ended: $status" >&2; if [ $status -eq 1 ]; then exit 0; fi; exit $status'

seq "$shards" | parallel --quote "${machines[@]}" --jobs "${JOBS:-1}" --retries 3 \
  --results "$logs" --joblog "$logs.log" sh -c "$once" sh "$@" --shard "{}/$shards" > /dev/null

status=0
for shard in $(seq "$shards"); do
  printed=$logs/1/$shard/stderr
  case $(tail -n 1 "$printed") in
    "shard ended: 0") ;;
    "shard ended: 1") grep '^bneck: error:' "$printed" >&2 || cat "$printed" >&2; status=1 ;;
    *) echo "shard $shard did not begin: see $logs.log, and $printed" >&2; status=1 ;;
  esac
done
exit $status

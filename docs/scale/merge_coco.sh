#!/bin/sh
# Joins the results files that shards with --save coco left, in the order of the image ids.
#
#     docs/scale/merge_coco.sh out/detections.*-of-*.coco.json > detections.coco.json
set -eu
sed -n -e 's/,$//' -e '/^{/p' "$@" |
  LC_ALL=C sort -s -t: -k2,2n |
  awk '{ printf "%s\n%s", NR == 1 ? "[" : ",", $0 } END { print NR == 0 ? "[]" : "\n]" }'

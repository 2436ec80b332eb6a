#!/bin/sh
# Usage: tools/sizes.sh FILE...
#
# What they measure, as they are and as a server sends them.
set -eu

total=0
for file; do
  zipped=$(gzip -9c "$file" | wc -c)
  total=$((total + zipped))
  printf '         %6d bytes, %6d gzipped: %s\n' "$(wc -c <"$file")" "$zipped" "${file##*/}"
done
printf '         %6s        %6d gzipped in all\n' '' "$total"

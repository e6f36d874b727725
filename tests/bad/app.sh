#!/usr/bin/env bash
# Bad input at the app's door: exit code, one line on standard error with code, place and hint, nothing on standard output.
# usage: app.sh STRATA_BINARY
set -u
strata=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../cases.sh"
. "$here/parallel.sh"

for part in "$here"/app/*.sh; do
  . "$part"
done
finish

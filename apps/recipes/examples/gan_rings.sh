#!/usr/bin/env bash
# Draws points with a trained generator and counts those within three standard deviations of a mean, for each mean.
# usage: gan_rings.sh RUN [POINTS] [STRATA]     (RUN: a run of gan_rings.json)
set -euo pipefail
run=${1:?usage: gan_rings.sh RUN [POINTS] [STRATA]} points=${2:-10000} strata=${3:-strata}
option() { tr -d ' \n' <"$run/best/config.json" | grep -o '"data":{[^}]*}' | sed -E "s/.*\"$1\":([^,}]*).*/\1/"; }
echo "$points" | "$strata" draw "$run" --quiet | awk -v modes="$(option modes)" -v radius="$(option radius)" -v sigma="$(option sigma)" '
  { nearest = 0; least = -1
    for (m = 0; m < modes; ++m) {
      angle = 2 * atan2(0, -1) * m / modes
      far = ($1 - radius * cos(angle)) ^ 2 + ($2 - radius * sin(angle)) ^ 2
      if (least < 0 || far < least) { least = far; nearest = m }
    }
    if (least <= (3 * sigma) ^ 2) { ++good; ++count[nearest] } }
  END { if (NR == 0) exit 1
    printf "%.2f %% of %d points are within three standard deviations of a mean; by mean:", 100 * good / NR, NR
    for (m = 0; m < modes; ++m) printf " %.2f", 100 * count[m] / NR
    print " %" }'

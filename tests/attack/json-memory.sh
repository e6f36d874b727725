#!/usr/bin/env bash
# 10 MB of JSON that would take 92 bytes of memory a byte: refused within 64 MiB + 4 x the input beyond a healthy run.
# usage: json-memory.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
if sanitized; then
  skip 'a sanitizer takes more memory than the program'
  finish
  exit
fi
limit=$(($(needs translate run) + 64 + 40))
echo "$limit MiB"

ones=$(head -c 10000000 /dev/zero | tr '\0' 1 | sed 's/1\(1\)/1,/g')
printf '{"x":[%s1]}' "$ones" >big.json
printf '[%s1]' "$(tr 1 0 <<<"$ones" | sed "s/0,/{},/g")" >objects.json
refuses_within "$limit" 3 'error[E_CONFIG_LIMIT]' train big.json --output new --quiet
refuses_within "$limit" 3 'error[E_CONFIG_LIMIT]' translate run --config objects.json --quiet
header=$(wc -c <big.json)
{
  for i in 0 8 16 24 32 40 48 56; do printf "\\x$(printf '%x' $((header >> i & 255)))"; done
  cat big.json
} >run/latest/model.safetensors
remanifest run/latest
refuses_within "$limit" 5 'error[E_CHECKPOINT_HEADER]' translate run --checkpoint latest --quiet
refuses_within "$limit" 5 'error[E_CHECKPOINT_HEADER]' tokenize run --checkpoint latest --quiet
cp big.json run/latest/config.json
remanifest run/latest
refuses_within "$limit" 3 'error[E_CONFIG_LIMIT]' translate run --checkpoint latest --quiet
finish

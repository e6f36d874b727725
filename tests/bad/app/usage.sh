# Misspelt verbs and options, help, environment and file, standard output that fails.
refuses 2 'error[E_USAGE] strata: no verb is given (strata --help lists the verbs)'
refuses 2 "there is no verb 'versoin' (did you mean version?)" versoin
refuses 2 "there is no verb 'a\\x0ab'" $'a\nb'
refuses 2 'version: there is no option --hepl (did you mean --help?)' version --hepl
refuses 2 'version: there is no option --zzzzzz (strata version --help lists what it takes)' version --zzzzzz
refuses 2 "version: 'x' is one argument too many" version x
refuses 2 'version: --config is given twice' version --config a --config b
refuses 2 'version' version --config
refuses 8 'E_IO' version --config "$work/none.json"
printf '{"queit": true}' >"$work/config.json"
refuses 3 "config.json:/queit: strata version has no option 'queit' (did you mean quiet?)" version --config "$work/config.json"
printf '{"quiet": 1}' >"$work/config.json"
refuses 3 'config.json:/quiet' version --config "$work/config.json"
printf '{"quiet": true' >"$work/config.json"
refuses 3 'E_CONFIG_JSON' version --config "$work/config.json"
prints 'usage: strata VERB' --help
prints 'strata 0.' version
prints 'strata 0.' --version
prints '--help' version --help
prints '--quiet' version -h

cases=$((cases + 1))
got=0
"$strata" version >/dev/full 2>"$work/err" || got=$?
[ "$got" = 8 ] && grep -q 'error\[E_IO_WRITE\] standard output' "$work/err" || fail "version >/dev/full" "exit $got: $(cat "$work/err")"

cases=$((cases + 1))
"$strata" --help 2>"$work/err" | true
[ "${PIPESTATUS[0]}" = 0 ] && [ ! -s "$work/err" ] || fail "--help into a closed pipe" "$(cat "$work/err")"

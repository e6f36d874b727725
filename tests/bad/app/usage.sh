# Misspelt verbs and options, help, standard output that fails.
refuses 2 'error[E_USAGE] strata: no verb is given (strata --help lists the verbs)'
refuses 2 "there is no verb 'versoin' (did you mean version?)" versoin
refuses 2 "there is no verb 'a\\x0ab'" $'a\nb'
refuses 2 'version: there is no option --hepl (did you mean --help?)' version --hepl
refuses 2 'version: there is no option --zzzzzz (strata version --help lists the options)' version --zzzzzz
refuses 2 'version: too many arguments' version x
prints 'usage: strata VERB' --help
prints 'strata 0.' version
prints 'strata 0.' --version
prints '--help' version --help

cases=$((cases + 1))
got=0
"$strata" version >/dev/full 2>"$work/err" || got=$?
[ "$got" = 8 ] && grep -q 'error\[E_IO_WRITE\] standard output' "$work/err" || fail "version >/dev/full" "exit $got: $(cat "$work/err")"

cases=$((cases + 1))
"$strata" --help 2>"$work/err" | true
[ "${PIPESTATUS[0]}" = 0 ] && [ ! -s "$work/err" ] || fail "--help into a closed pipe" "$(cat "$work/err")"

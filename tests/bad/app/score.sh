# strata score: flags over environment over file, files that are missing, unequal or no text.
printf 'the cat sat on the mat\na dog\n' >"$work/hyp"
printf 'the cat sat on a mat\na dog\n' >"$work/ref"
printf 'one\n' >"$work/short"
printf 'fine\nb\xffd\n' >"$work/invalid"

prints 'BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:strata-0.1.0 = ' score "$work/hyp" "$work/ref"
prints '"metric": "chrF2"' score "$work/hyp" "$work/ref" --json
prints 'tok:char' score --tokenize char "$work/hyp" "$work/ref"
prints 'case:lc' score --lowercase "$work/hyp" "$work/ref"
export STRATA_TOKENIZE=intl
prints 'tok:intl' score "$work/hyp" "$work/ref"
prints 'tok:none' score "$work/hyp" "$work/ref" --tokenize=none
printf '{"tokenize": "char", "lowercase": true}' >"$work/config.json"
prints 'case:lc|eff:no|tok:intl' score "$work/hyp" "$work/ref" --config "$work/config.json"
export STRATA_TOKENIZE=zwanzig
refuses 2 'score STRATA_TOKENIZE: ' score "$work/hyp" "$work/ref"
unset STRATA_TOKENIZE

refuses 2 'score: REF is missing' score "$work/hyp"
refuses 2 'score: there is no option --lower-csae (did you mean --lowercase?)' score "$work/hyp" "$work/ref" --lower_csae
refuses 2 'score --tokenize: ' score "$work/hyp" "$work/ref" --tokenize 13b
refuses 4 'E_DATA_MISSING' score "$work/hyp" "$work/none"
refuses 4 'E_DATA_UNEQUAL' score "$work/hyp" "$work/short"
refuses 4 "invalid:2" score "$work/hyp" "$work/invalid"
# Nothing is no score of 0.
: >"$work/nothing"
printf '\n \n' >"$work/blank"
refuses_at 4 E_DATA_EMPTY bleu 'no word stands in the 0 lines of references' score "$work/nothing" "$work/nothing"
refuses 4 'no word stands in the 2 lines of references' score "$work/hyp" "$work/blank"
prints 'BLEU' score "$work/blank" "$work/ref"
cases=$((cases + 1))
got=0
printf 'the cat\n' | "$strata" score - - >"$work/out" 2>"$work/err" || got=$?
[ "$got" = 2 ] && grep -q 'error\[E_USAGE_INPUT\] standard input: is read already' "$work/err" || fail "score - -" "exit $got: $(cat "$work/err")"
refuses 8 'E_IO_READ' score "$work/hyp" "$work"
refuses 2 "--lowercase" score --lowercase=maybe "$work/hyp" "$work/ref"

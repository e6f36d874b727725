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
refuses 8 'E_IO_READ' score "$work/hyp" "$work"
refuses 2 "--lowercase" score --lowercase=maybe "$work/hyp" "$work/ref"

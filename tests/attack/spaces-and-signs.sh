#!/usr/bin/env bash
# The same date with other spaces and other signs around it is the same date to a run that has seen only the plain one.
. "$(dirname "$0")/env.sh"
# ids TEXT: the numbers of its tokens; \x escapes of printf stand for bytes.
ids() { printf "$1\n" | "$strata" tokenize run --ids; }
unknown=3

plain=$(ids 'le 3 mars 2021')
for space in '\xc2\xa0' '\xe2\x80\xaf' '\xe3\x80\x80' '\xe2\x80\x83' '\xe1\x9a\x80' '\xc2\x85' '\t' ' \xe2\x80\x89 '; do
  check "the space $space" [ "$(ids "le 3${space}mars 2021")" = "$plain" ]
  check "all spaces $space" [ "$(ids "le${space}3${space}mars${space}2021")" = "$plain" ]
done
plain=$(ids 'March 3, 2021')
check "the run knows the plain date" [ "$(grep -cw "$unknown" <<<"$plain")" = 0 ]
check "March, no-break space, 3" [ "$(ids 'March\xc2\xa03, 2021')" = "$plain" ]
check "curly quotes around it" [ "$(ids '\xe2\x80\x9cMarch 3, 2021\xe2\x80\x9d')" = "$unknown $plain $unknown" ]
check "an ideographic full stop behind it" [ "$(ids 'March 3, 2021\xe3\x80\x82')" = "$plain $unknown" ]
check "straight quotes around it" [ "$(ids '"March 3, 2021"')" = "$unknown $plain $unknown" ]
check "a byte that is no text is refused" [ "$(printf 'le \xff\n' | "$strata" tokenize run --ids 2>&1 | grep -c E_DATA_UTF8)" = 1 ]
finish

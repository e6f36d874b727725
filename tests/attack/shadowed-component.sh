#!/usr/bin/env bash
# A --plugin with a component that an installed plugin has, too, is an error that names both files; a library that anybody
# could replace is loaded with one line of warning. usage: shadowed-component.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
built=$(dirname "$strata")/../tests/host/plugins
if [ ! -e "$built/shadow/shadow.so" ]; then
  skip "the tests' plugins stand in a build tree, and $strata is of none"
  finish
  exit
fi
export XDG_CACHE_HOME=$work/cache
cp "$built/shadow/shadow.so" "$built/early/early.so" .

for verb in 'train tiny.json --output s --set train.schedule=constant' 'train tiny.json --output s' 'translate run line' \
  'plugins show schedule/constant' 'plugins test ./shadow.so'; do
  echo 'le 3 mars 2021' >line
  # shellcheck disable=SC2086
  refuses 6 'schedule/constant is also in ' $verb --plugin ./shadow.so --quiet
  grep -q 'E_PLUGIN_DUPLICATE. ./shadow.so: .*/lib/strata/plugins/[a-z_]*\.so' err || fail "$verb" "not both files: $(cat err)"
done
check 'nothing was trained' test ! -e s/latest
sed 's/"supervised",/"supervised", "schedule": "constant",/; s/^{/{ "plugins": ["shadow.so"],/' tiny.json >named.json
refuses 6 'schedule/constant is also in ' train named.json --output s --quiet

# Anybody's: the file, its folder, or a folder above; not below a folder that guards what lies in it.
warned() { # WHAT TEXT FILE
  succeeds plugins show metric/loss --plugin "$3"
  check "$1" test "$(grep -c "warning: plugin $3: $2, so anybody may change what it does" err)" = 1
  check "$1, one line" test "$(wc -l <err)" = 1
}
mkdir -p open/below
cp early.so open/below/
chmod 777 open
warned 'a folder above is open' "everybody may write into $PWD/open" open/below/early.so
chmod 755 open && chmod 777 open/below
warned 'its folder is open' "everybody may write into $PWD/open/below" open/below/early.so
chmod 1777 open/below
prints metric/loss plugins show metric/loss --plugin open/below/early.so
chmod 755 open/below && chmod 666 open/below/early.so
warned 'the file is open' "everybody may write into $PWD/open/below/early.so" open/below/early.so
chmod 644 open/below/early.so
prints metric/loss plugins show metric/loss --plugin open/below/early.so
finish

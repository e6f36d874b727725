# strata plugins: what is built in, unknown roles and names, plugin files and folders that are none.
prints 'metric/bleu' plugins
prints 'metric/bleu' plugins show metric
prints 'metric/bleu: ' plugins show metric/bleu
refuses 3 "no component has the role 'shwo' (did you mean show?" plugins shwo
refuses 3 "no component has the role 'metrik' (did you mean metric?)" plugins show metrik
refuses 3 'E_CONFIG_COMPONENT' plugins show metric/bluu
refuses 6 'E_PLUGIN_PATH' plugins --plugin-path "$work/none"
refuses 6 'E_PLUGIN_FILE' plugins --plugin "$work/none.so"
printf 'not a library' >"$work/text.so"
refuses 6 'E_PLUGIN_FILE' plugins --plugin "$work/text.so"

# doctor: a report on standard output, whatever the file; never a line on standard error.
doctor() {
  local want=$1 text=$2 got=0
  shift 2
  cases=$((cases + 1))
  "$strata" plugins doctor "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" = "$want" ] && [ ! -s "$work/err" ] && grep -qF -- "$text" "$work/out" ||
    fail "strata plugins doctor $*" "exit $got, expected $want and '$text': $(cat "$work/out" "$work/err")"
}
mkfifo "$work/pipe.so"
doctor 0 'verdict       yes' "$(dirname "$strata")/../lib/strata/plugins/length_ratio.so"
doctor 0 'metric/length_ratio' "$(dirname "$strata")/../lib/strata/plugins/length_ratio.so" --json
doctor 0 'brings        ops/bias_swish' "$(dirname "$strata")/../lib/strata/plugins/swish_kernel.so"
doctor 0 '"own-kernels/cpu/swish"' "$(dirname "$strata")/../lib/strata/plugins/swish_kernel.so" --json
doctor 6 'verdict       no: error[E_PLUGIN_FILE]' "$work/text.so"
doctor 6 'no regular file' "$work/pipe.so" "$work"
doctor 6 'cannot be found: No such file' "$work/none.so"
doctor 6 'E_PLUGIN_SYMBOL' "$(dirname "$strata")/../lib/libstrata.so"
refuses 2 'plugins doctor: FILE is missing' plugins doctor

# test: components against what their roles promise.
shelf=$(dirname "$strata")/../lib/strata/plugins
prints 'attention/linear' plugins test "$shelf/linear_attention.so" --skip-training
prints '"verdict": "passed"' plugins test "$shelf/linear_attention.so" attention/linear --skip-training --json --options '{"heads": 2}'
prints 'bias_swish' plugins test "$shelf/swish_kernel.so"
prints '"property": "determinism", "verdict": "passed"' plugins test "$shelf/swish_kernel.so" kernel/swish --json
refuses 3 'E_CONFIG_UNKNOWN' plugins test "$shelf/swish_kernel.so" --options '{"heads": 2}'
refuses_at 3 E_CONFIG_COMPONENT "$shelf/swish_kernel.so" 'did you mean kernel/swish?' plugins test "$shelf/swish_kernel.so" kernel/swsh
refuses 2 'plugins test: FILE is missing' plugins test
refuses 6 'E_PLUGIN_FILE' plugins test "$work/none.so"
prints 'metric/length_ratio' plugins test "$shelf/length_ratio.so"
prints 'skipped  the option "train_images" must be given' plugins test "$shelf/digits.so"
refuses_at 3 E_CONFIG_MISSING '--options:/train_images' 'is missing' plugins test "$shelf/digits.so" dataset/idx
refuses_at 3 E_CONFIG_COMPONENT "$shelf/linear_attention.so" 'did you mean attention/linear?' plugins test "$shelf/linear_attention.so" attention/linaer
refuses 3 'E_CONFIG_RANGE' plugins test "$shelf/linear_attention.so" --options '{"heads": 0}'
refuses 3 'E_CONFIG_JSON' plugins test "$shelf/linear_attention.so" --options '{'
refuses 2 'is a list' plugins test "$shelf/linear_attention.so" --options '[]'

# new: a whole folder or none.
refuses_at 6 E_PLUGIN_TEMPLATE 'plugins new' 'did you mean attention?' plugins new atention mine --output "$work/new"
refuses_at 6 E_PLUGIN_NAME 'plugins new' "'Mine' is no name for a plugin" plugins new attention Mine --output "$work/new"
refuses_at 6 E_PLUGIN_NAME 'plugins new' "'../mine' is no name" plugins new attention ../mine --output "$work/new"
refuses_at 6 E_PLUGIN_NAME 'plugins new' "a target of CMake's own" plugins new attention test --output "$work/new"
refuses_at 6 E_PLUGIN_NAME 'plugins new' 'attention/additive exists, in plugin' plugins new attention additive --output "$work/new"
refuses_at 8 E_IO_WRITE "$work/none/new" 'its parent folder must exist' plugins new attention mine --output "$work/none/new"
refuses 2 'NAME is missing' plugins new attention
[ ! -e "$work/new" ] || fail 'plugins new' 'a folder was left behind'
prints 'cmake --workflow --preset default' plugins new attention mine --output "$work/new"
guard=$work/new
refuses_at 8 E_IO_WRITE "$work/new" 'exists already' plugins new cell other --output "$work/new"
guard=''

# strata plugins: what is built in, unknown roles and names, plugin files and folders that are none.
prints 'metric/bleu' plugins
prints 'metric/bleu' plugins show metric
prints 'metric/bleu: ' plugins show metric/bleu
refuses 2 "plugins: 'shwo' is not known" plugins shwo
refuses 3 "no component has the role 'metrik' (did you mean metric?)" plugins show metrik
refuses 3 'E_CONFIG_COMPONENT' plugins show metric/bluu
refuses 6 'E_PLUGIN_PATH' plugins --plugin-path "$work/none"
refuses 6 'E_PLUGIN_FILE' plugins --plugin "$work/none.so"
printf 'not a library' >"$work/text.so"
refuses 6 'E_PLUGIN_FILE' plugins --plugin "$work/text.so"

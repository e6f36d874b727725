# Recipes: what is no JSON, no option, out of range or unknown. The run that the output names stays what it was.
guard=$par

# sets EXIT CODE PLACE TEXT PATH=VALUE
sets() {
  refuses_at "$1" "$2" "$3" "$4" "${further[@]}" --set "$5"
}
sets 3 E_CONFIG_UNKNOWN '--set train.max_update' 'did you mean "max_updates"' train.max_update=1
sets 3 E_CONFIG_UNKNOWN '--set zzz' 'unknown option "zzz"' zzz=1
sets 3 E_CONFIG_UNKNOWN '--set model.decoder.hiden' 'did you mean "hidden"' model.decoder.hiden=1
sets 3 E_CONFIG_RANGE '--set train.max_updates' '-1 is out of range (allowed: max_updates >= 0)' train.max_updates=-1
sets 3 E_CONFIG_RANGE '--set train.optimizer.lr' 'nan is not finite' train.optimizer.lr=NaN
sets 3 E_CONFIG_RANGE '--set train.optimizer.lr' 'out of range (allowed: 0 <= lr <= 10)' train.optimizer.lr=11
sets 3 E_CONFIG_RANGE '--set model.decoder.hidden' '99999999999 is out of range' model.decoder.hidden=99999999999
sets 3 E_CONFIG_RANGE '--set precision' 'one of: f32, bf16' precision=f8
sets 3 E_CONFIG_NUMBER '--set train.max_updates' 'beyond a double' train.max_updates=1e999
sets 3 E_CONFIG_NUMBER '--set seed' 'beyond 64 bits' seed=99999999999999999999
sets 3 E_CONFIG_TYPE '--set train.max_updates' 'expects an integer, got the string "many"' train.max_updates=many
sets 3 E_CONFIG_TYPE '--set model' 'expects an object' model=3
sets 3 E_CONFIG_MISSING "$work/par.json:/train" 'is missing' train=null
sets 3 E_CONFIG_MISSING '--set train' 'no limit is set' 'train={"type":"supervised"}'
sets 3 E_CONFIG_DUPLICATE '--set model:1:19' 'stands twice' 'model={"type":"seq2seq","type":"x"}'
sets 3 E_CONFIG_JSON '--set model:1:2' 'found the end' 'model={'
sets 3 E_CONFIG_PATH '--set train..x' 'is no path' train..x=1
sets 3 E_CONFIG_PATH '--set train.max_updates.x' 'below the integer' train.max_updates.x=3
sets 2 E_USAGE 'train --set' 'is not path=value' =3
sets 3 E_CONFIG_COMPONENT '--set model.type' 'did you mean "seq2seq"' model.type=seq2sek
sets 3 E_CONFIG_COMPONENT '--set tokenizer' 'did you mean "word"' tokenizer=wrod
sets 3 E_CONFIG_COMPONENT '--set train.optimizer' 'did you mean "adam"' train.optimizer=adamm
sets 3 E_CONFIG_COMPONENT '--set train.metrics:/0' 'did you mean "bleu"' 'train.metrics=["bleuu"]'
sets 3 E_CONFIG_COMPONENT 'device' 'no device is called "cpuu"' device=cpuu
sets 3 E_CONFIG_UNKNOWN '--set kernels:/matmull' 'did you mean "matmul"' 'kernels={"matmull":"cpu"}'
sets 7 E_DEVICE_KERNEL 'kernels/linear' "no kernel of 'nobody'" 'kernels={"linear":"nobody","matmul":"nobody"}'
sets 6 E_PLUGIN_FILE none.so 'cannot be found' 'plugins=["none.so"]'
sets 3 E_CONFIG_TYPE '--set plugins:/0' 'expects a string' 'plugins=[3]'

# A run keeps its model, data and order for life.
sets 3 E_CONFIG_RESUME '--set model.decoder.hidden' 'is 16, the run was started with 8' model.decoder.hidden=16
sets 3 E_CONFIG_RESUME '--set seed' 'is 2, the run was started with 1' seed=2
sets 3 E_CONFIG_RESUME '--set data.train' 'was started with' "data.train=$text/valid"

# file EXIT CODE PLACE TEXT: the recipe in $work/bad.json.
file() {
  refuses_at "$1" "$2" "$work/bad.json$3" "$4" train "$work/bad.json" --output "$par" --quiet
}
printf '' >"$work/bad.json" && file 3 E_CONFIG_JSON :1:1 'found the end'
printf '[1]' >"$work/bad.json" && file 3 E_CONFIG_TYPE '' 'expects an object'
printf '{} x' >"$work/bad.json" && file 3 E_CONFIG_JSON :1:4 'text after the value'
printf '{\n"seed": 1,\n}' >"$work/bad.json" && file 3 E_CONFIG_JSON :3:1 "found '}'"
printf '{"seed":1,"seed":2}' >"$work/bad.json" && file 3 E_CONFIG_DUPLICATE :1:11 'stands twice'
printf '{"seed":1e999}' >"$work/bad.json" && file 3 E_CONFIG_NUMBER :1:9 'beyond a double'
printf '{"seed":18446744073709551616}' >"$work/bad.json" && file 3 E_CONFIG_NUMBER :1:9 'beyond 64 bits'
printf '{"seed":"\xff"}' >"$work/bad.json" && file 3 E_CONFIG_ENCODING :1:10 'invalid UTF-8'
printf '{"a\0":1}' >"$work/bad.json" && file 3 E_CONFIG_JSON :1:4 '\x00'
head -c 100000 /dev/zero | tr '\0' '[' >"$work/bad.json" && file 3 E_CONFIG_LIMIT :1:65 'deeper than 64'
(printf '"' && head -c 20000000 /dev/zero | tr '\0' a && printf '"') >"$work/bad.json" && file 8 E_IO_LIMIT '' '16777216'
refuses_at 8 E_IO_FOLDER "$text" 'a file is needed' train "$text" --output "$par"
refuses_at 8 E_IO_KIND /dev/zero 'is a device, a regular file is needed' train /dev/zero --output "$par"
refuses_at 8 E_IO_MISSING "$work/none.json" 'no such file' train "$work/none.json" --output "$par"
sed 's/^  "train":/  "traim":/' "$work/par.json" >"$work/bad.json" && file 3 E_CONFIG_UNKNOWN :/traim 'did you mean "train"'
guard=''

# Data that went bad under a run: refused before anything is trained, and the run stays what it was.
guard=$par

# spoiled FILE EXIT CODE PLACE TEXT: the run goes on with FILE as it is now, then gets the file back.
cp -r "$text" "$work/text.good"
spoiled() {
  local file=$1
  shift
  refuses_at "$@" "${further[@]}"
  rm -rf "${text:?}/$file" && cp "$work/text.good/$file" "$text/$file"
}

for split in train valid; do
  rm "$text/$split.en"
  spoiled $split.en 4 E_DATA_MISSING "$text/$split.en" 'no such file'
  rm "$text/$split.de"
  spoiled $split.de 4 E_DATA_MISSING "$text/$split.de" 'no such file'
  rm "$text/$split.en" && ln -s nowhere "$text/$split.en"
  spoiled $split.en 4 E_DATA_MISSING "$text/$split.en" 'no such file'
  rm "$text/$split.en" && mkdir "$text/$split.en"
  spoiled $split.en 8 E_IO_READ "$text/$split.en" 'is a folder'
  if [ "$(id -u)" = 0 ]; then
    skip "unreadable file: root may read every file"
  else
    chmod 000 "$text/$split.en"
    spoiled $split.en 8 E_IO_READ "$text/$split.en" 'cannot be opened'
  fi
  lines=$(wc -l <"$text/$split.en")
  head -n 3 "$work/text.good/$split.de" >"$text/$split.de"
  spoiled $split.de 4 E_DATA_UNEQUAL "$text/$split.en" "has $lines lines, $text/$split.de has 3 ("
  echo "one more" >>"$text/$split.de"
  spoiled $split.de 4 E_DATA_UNEQUAL "$text/$split.en" "has $lines lines, $text/$split.de has $((lines + 1)) ("
  sed -i '2s/.*/b\xffd/' "$text/$split.en"
  spoiled $split.en 4 E_DATA_UTF8 "$text/$split.en:2" 'byte 2 is not valid UTF-8: \xffd'
  sed -i '3s/.*/\xed\xa0\x80/' "$text/$split.de" # a surrogate
  spoiled $split.de 4 E_DATA_UTF8 "$text/$split.de:3" 'byte 1 is not valid UTF-8'
  sed -i 's/.*//' "$text/$split.en"
  spoiled $split.en 4 E_DATA_EMPTY "split $split" "no pair is left of $lines read: $lines have an empty side"
  : >"$text/$split.en" && head -c 70000000 /dev/zero | tr '\0' a >"$text/$split.en"
  printf 'a' >"$text/$split.de"
  cp "$text/$split.de" "$work/one"
  refuses_at 4 E_DATA_LINE "$text/$split.en:1" 'is longer than' "${further[@]}"
  cp "$work/text.good"/$split.* "$text/"
done
guard=''

new=$work/new
refuses_at 4 E_TOKENIZER_EMPTY '[word]' 'no token' train "$work/par.json" --output "$new" --quiet --set data.train=/dev/null,/dev/null
refuses_at 3 E_CONFIG_ENVIRONMENT '[parallel] split train' 'NO_SUCH_VARIABLE is not set' \
  train "$work/par.json" --output "$new" --quiet --set 'data.train=$NO_SUCH_VARIABLE/train'
refuses_at 4 E_DATA_EMPTY 'split train' '40 are longer than 1 tokens' train "$work/par.json" --output "$new" --quiet --set feed.max_length=1
rm -rf "$new"

# What is no error: empty lines are counted and left out, CRLF is taken for LF, a line of a megabyte is a line.
sed '2s/.*//' "$text/train.en" >"$text/empty.en" && cp "$text/train.de" "$text/empty.de"
trains 'split train: 1 pairs with an empty side left out' "$work/par.json" --output "$new" --set data.train="$text/empty"
rm -rf "$new"
sed 's/$/\r/' "$text/train.en" >"$text/crlf.en" && cp "$text/train.de" "$text/crlf.de"
trains "$text/crlf.en: 40 carriage returns" "$work/par.json" --output "$new" --set data.train="$text/crlf"
cmp -s "$new/latest/model.safetensors" "$par/latest/model.safetensors" || fail 'CRLF' 'trains other weights than LF'
rm -rf "$new"
head -c 1000000 /dev/zero | tr '\0' a >"$work/megabyte"
yes cat | head -c 1000000 | tr '\n' ' ' >"$work/words"
(cat "$text/train.en" "$work/words" && echo) >"$text/long.en" && (cat "$text/train.de" && echo kurz) >"$text/long.de"
trains 'split train: 1 pairs with more than 50 tokens' "$work/par.json" --output "$new" --set data.train="$text/long" --set feed.max_length=50
rm -rf "$new"
cases=$((cases + 1))
"$strata" translate "$par" "$work/megabyte" --quiet >"$work/out" 2>"$work/err" && [ "$(wc -l <"$work/out")" = 1 ] ||
  fail 'translate' "a word of a megabyte: $(cat "$work/err")"
refuses_at 4 E_DATA_LONG "$work/words:1" '250000 tokens (allowed: 1000)' translate "$par" "$work/words"
succeeds translate "$par" "$work/words" --long-lines cut --quiet

# Folders of published checkpoints with a shard removed, an index that lies, an unknown architecture; and outputs that are
# taken: exit 5, the file is named, and nothing is written.
golden=$(dirname "${BASH_SOURCE[0]}")/../../golden/weights
field=$work/field

# published: a fresh copy of the golden shards.
published() { rm -rf "$field" && cp -r "$golden/gpt2-shards" "$field"; }

published && rm "$field/model-00002-of-00003.safetensors"
for verb in info generate "import --output $work/imported" "export --output $work/exported"; do
  refuses_at 5 E_CHECKPOINT_MISSING "$field/model-00002-of-00003.safetensors" 'is missing, a shard that the index names' $verb "$field"
done
published && sed -i '/transformer.ln_f.bias/s/0000[0-9]-of/00009-of/' "$field/model.safetensors.index.json"
refuses_at 5 E_CHECKPOINT_MISSING "$field/model-00009-of-00003.safetensors" 'for 1 tensors (transformer.ln_f.bias)' info "$field"
published && sed -i '/transformer.ln_f.bias/s/ln_f.bias/ln_f.shift/' "$field/model.safetensors.index.json"
refuses_at 5 E_CHECKPOINT_INDEX "$field/model.safetensors.index.json" 'has "transformer.ln_f.shift" in' info "$field"
published && printf '{"weight_map": {"a": "../config.json"}}' >"$field/model.safetensors.index.json"
refuses_at 5 E_CHECKPOINT_INDEX "$field/model.safetensors.index.json" 'which is not in the folder' info "$field"
published && truncate -s -1 "$field/model-00001-of-00003.safetensors"
refuses_at 5 E_CHECKPOINT_OFFSETS "$field/model-00001-of-00003.safetensors" 'lies at' info "$field"
published && sed -i 's/"gpt2"/"gpt9"/; s/GPT2LMHeadModel/Gpt9/' "$field/config.json"
refuses_at 5 E_CHECKPOINT_ARCHITECTURE "$field/config.json" '"gpt9 (Gpt9)", which no component reads (known: bloom, gpt2, ' info "$field"
published && rm "$field"/*.safetensors* && touch "$field/pytorch_model.bin"
refuses_at 5 E_CHECKPOINT_MISSING "$field" 'has pytorch_model.bin and no model.safetensors' info "$field"
[ ! -e "$work/imported" ] && [ ! -e "$work/exported" ] || fail field 'something was written'
refuses 2 'E_USAGE' import "$field"
refuses_at 5 E_CHECKPOINT_MISSING "$par" 'is no folder with the config.json of a published checkpoint' import "$par" --output "$work/imported"
refuses_at 5 E_CHECKPOINT_ARCHITECTURE "$(readlink -f "$par")/$(readlink "$par/best")" 'no form of the field describes' export "$par" --output "$work/exported"
refuses_at 5 E_CHECKPOINT_MISSING "$work/none" 'is not there' info "$work/none"
prints '"bf16": 6' info "$golden/types.safetensors" --json
prints 'parameters    24' info "$golden/types.safetensors"

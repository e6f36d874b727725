// Tokenizers over bytes.
#include <strata/plugin/plugin.hpp>

#include "byte_bpe.hpp"
#include "hf.hpp"

STRATA_PLUGIN("byte-level-tokenizers", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, byte_bpe::ByteBpe>("byte_bpe",
                                              "byte pairs over bytes in GPT-2's form; every text comes back exactly");
  r.add<strata::Tokenizer, byte_bpe::Hf>(
      "hf", "byte pairs over bytes as a tokenizer.json has them, or vocab.json and merges.txt (GPT-2, Llama 3, Qwen2)");
});

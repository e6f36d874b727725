// Tokenizers in the files of the field.
#include <strata/plugin/plugin.hpp>

#include "byte_bpe.hpp"
#include "hf.hpp"

STRATA_PLUGIN("hf-tokenizers", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, hf::ByteBpe>("byte_bpe",
                                        "byte pairs over bytes in GPT-2's form; every text comes back exactly");
  r.add<strata::Tokenizer, hf::Hf>(
      "hf", "tokens that others have learnt, as tokenizer.json, vocab.txt or vocab.json and merges.txt have them");
});

// Stage 5: GPT and the decoder-only family.
#include <strata/plugin.hpp>

#include "model.hpp"
#include "names/families.hpp"

namespace {
using namespace strata;

template <class T>
void add(Registry& r, const char* name, const char* description) {
  r.add<Model, T>(name, description, {.feed = "stream"})
      .needs("block/transformer")
      .needs("attention/sdpa")
      .needs("layer/feed_forward");
}
}  // namespace

STRATA_PLUGIN("gpt", "0.1.0", [](strata::Registry& r) {
  add<Gpt>(r, "gpt", "decoder-only language model, with GPT-2's form as default (Radford et al., 2019)");
  add<GptOf<LlamaOptions>>(r, "llama", "decoder-only language model in Llama's form (Touvron et al., 2023)");
  add<GptOf<Qwen2Options>>(r, "qwen2", "decoder-only language model in Qwen2's form (Yang et al., 2024)");
  add<GptOf<MistralOptions>>(r, "mistral", "decoder-only language model in Mistral's form (Jiang et al., 2023)");
  add<GptOf<NeoxOptions>>(r, "neox", "decoder-only language model in GPT-NeoX's form (Black et al., 2022)");
  add<GptOf<BloomOptions>>(r, "bloom", "decoder-only language model in BLOOM's form (Le Scao et al., 2022)");
  r.add<WeightNames, Gpt2Names>("gpt2", "checkpoints of GPT-2's form");
  r.add<WeightNames, LlamaNames>("llama", "checkpoints of Llama's form: Llama, Mistral, Qwen2");
  r.add<WeightNames, NeoxNames>("neox", "checkpoints of GPT-NeoX's form");
  r.add<WeightNames, BloomNames>("bloom", "checkpoints of BLOOM's form");
});

// From the options of a decoder-only model to those of its parts.
#include "options.hpp"

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

// Passes an option on to a part. A part that has no such option is refused when the value matters.
void pass(SlotBase& part, const char* option, const Config& value, bool matters) {
  if (part.set_default(option, value) || !matters) return;
  throw Error("E_CONFIG_GPT", std::string(part.role()) + "/" + part.type(),
              "has no option '" + std::string(option) + "', which this model sets",
              "leave the option out, or choose another " + std::string(part.role()));
}

std::int64_t hidden_width(const GptOptions& options) {
  if (options.hidden > 0) return options.hidden;
  if (options.activation != "swiglu") return 4 * options.width;
  return (options.width * 8 / 3 + 63) / 64 * 64;
}

}  // namespace

std::int64_t head_width(const GptOptions& options) {
  return options.head_width > 0 ? options.head_width : options.width / options.heads;
}

BlockStack::Options stack_options(const GptOptions& options) {
  Slot<Attention> attention = options.attention;
  pass(attention, "heads", options.heads, options.heads != 1);
  pass(attention, "kv_heads", options.kv_heads, options.kv_heads != 0);
  pass(attention, "head_width", options.head_width, options.head_width != 0);
  pass(attention, "bias", options.bias, options.bias != "all");
  pass(attention, "dropout", options.dropout, false);
  if (options.qk_norm) pass(attention, "qk_norm", options.qk_norm.spec(), true);

  Slot<SequenceLayer> feed_forward = options.feed_forward;
  pass(feed_forward, "hidden", hidden_width(options), options.hidden != 0);
  pass(feed_forward, "activation", options.activation, false);
  pass(feed_forward, "bias", options.bias == "all", options.bias != "all");

  Slot<Block> block = options.block;
  pass(block, "attention", attention.spec(), true);
  pass(block, "feed_forward", feed_forward.spec(), true);
  pass(block, "norm", options.norm.spec(), true);
  pass(block, "norm_first", true, true);
  pass(block, "parallel", options.parallel, options.parallel);
  pass(block, "window", options.window, options.window != 0);
  pass(block, "dropout", options.dropout, options.dropout > 0);

  Slot<Positional> positions = options.positions;
  positions.set_default("max_length", options.context);
  return {.width = options.width,
          .layers = options.layers,
          .block = block,
          .positions = positions,
          .norm = options.norm,
          .embedding_norm = options.embedding_norm,
          .scale = 1,
          .deviation = options.deviation,
          .padding = -1,
          .dropout = options.dropout,
          .checkpoint = options.checkpoint};
}

LlamaOptions::LlamaOptions() {
  positions = Slot<Positional>("rotary");
  norm = Slot<Norm>("rms_norm");
  activation = "swiglu";
  bias = "none";
  tie = false;
  dropout = 0;
  context = 2048;
}

Qwen2Options::Qwen2Options() {
  bias = "qkv";
  positions = Slot<Positional>(R"({"type": "rotary", "base": 1000000})");
}

MistralOptions::MistralOptions() {
  window = 4096;
  context = 32768;
}

NeoxOptions::NeoxOptions() {
  positions = Slot<Positional>(R"({"type": "rotary", "fraction": 0.25})");
  activation = "gelu";
  parallel = true;
  tie = false;
  dropout = 0;
  context = 2048;
}

BloomOptions::BloomOptions() {
  positions = Slot<Positional>("alibi");
  embedding_norm = Slot<Norm>("layer_norm");
  dropout = 0;
  context = 2048;
}

}  // namespace strata

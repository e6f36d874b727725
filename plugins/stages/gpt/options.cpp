// From the options of a decoder-only model to those of its parts.
#include "options.hpp"

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

// Passes an option on to a part. A part that has no such option is refused when the value matters.
void pass(SlotBase& part, const char* option, const Config& value, bool matters) {
  if (part.has_option(option)) return part.put(option, value);
  if (!matters) return;
  throw Error("E_CONFIG_GPT", std::string(part.role()) + "/" + part.type(),
              "has no option '" + std::string(option) + "', which this model sets",
              "leave the option out, or choose another " + std::string(part.role()));
}

// The same, but a value that a recipe gives the part itself stays.
void pass_unless_chosen(SlotBase& part, const char* option, const Config& value, bool matters) {
  if (part.chosen(option) == nullptr) pass(part, option, value, matters);
}

// The same for what is the model's alone.
void pass_own(SlotBase& part, const char* option, const Config& value, bool matters) {
  const Config* chosen = part.chosen(option);
  if (chosen != nullptr && !(*chosen == value)) {
    throw Error("E_CONFIG_GPT", chosen->place(), "differs from the model's own option " + std::string(option),
                "give it to the model alone");
  }
  pass(part, option, value, matters);
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

Slot<Block> block_of(const GptOptions& options) {
  Slot<Attention> attention = options.attention;
  pass_own(attention, "heads", options.heads, options.heads != 1);
  pass_own(attention, "kv_heads", options.kv_heads, options.kv_heads != 0);
  pass_own(attention, "head_width", options.head_width, options.head_width != 0);
  pass_own(attention, "bias", options.bias, options.bias != "all");
  pass_unless_chosen(attention, "dropout", options.dropout, false);
  if (options.qk_norm) pass_unless_chosen(attention, "qk_norm", options.qk_norm.spec(), true);

  Slot<SequenceLayer> feed_forward = options.feed_forward;
  pass_unless_chosen(feed_forward, "hidden", hidden_width(options), options.hidden != 0);
  pass_unless_chosen(feed_forward, "activation", options.activation, false);
  pass_unless_chosen(feed_forward, "bias", options.bias == "all", options.bias != "all");

  Slot<Block> block("transformer");
  block.put("attention", attention.spec());
  block.put("feed_forward", feed_forward.spec());
  block.put("norm", options.norm.spec());
  block.put("norm_first", true);
  block.put("parallel", options.parallel);
  block.put("window", options.window);
  block.put("dropout", options.dropout);
  return block;
}

BlockStack::Options stack_options(const GptOptions& options) {
  Slot<Positional> positions = options.positions;
  pass_unless_chosen(positions, "max_length", options.context, false);
  return {.width = options.width,
          .layers = options.layers,
          .block = block_of(options),
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

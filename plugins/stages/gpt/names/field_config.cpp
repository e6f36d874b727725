// What the config.json of the field says.
#include "field_config.hpp"

#include <algorithm>

#include "strata/core/error.hpp"

namespace strata {
namespace {

struct Named {
  const char *ours, *theirs;
};
constexpr Named kActivations[] = {{"gelu_tanh", "gelu_new"},  {"gelu_tanh", "gelu_pytorch_tanh"},
                                  {"gelu_tanh", "gelu_fast"}, {"gelu", "gelu"},
                                  {"relu", "relu"},           {"silu", "silu"},
                                  {"silu", "swish"}};

template <class Preset>
GptOptions parsed(const Config& model) {
  return parse_options<Preset>(model, &default_registry(), true);
}

}  // namespace

const Config* FieldConfig::find(std::string_view name) const {
  const Config* found = json_.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::int64_t FieldConfig::integer(std::string_view name, std::int64_t fallback) const {
  const Config* found = find(name);
  return found == nullptr ? fallback : found->integer();
}

double FieldConfig::real(std::string_view name, double fallback) const {
  const Config* found = find(name);
  return found == nullptr ? fallback : found->real();
}

bool FieldConfig::flag(std::string_view name, bool fallback) const {
  const Config* found = find(name);
  return found == nullptr ? fallback : found->boolean();
}

std::string FieldConfig::text(std::string_view name, std::string_view fallback) const {
  const Config* found = find(name);
  return found == nullptr ? std::string(fallback) : found->string();
}

void FieldConfig::refuse(std::string_view name, const std::string& supported) const {
  throw Error("E_CONFIG_RANGE", json_.place_of(name), "has a value that the model does not have", supported);
}

void FieldConfig::require(std::string_view name, bool fallback, bool value) const {
  if (flag(name, fallback) != value) refuse(name, value ? "only true is supported" : "only false is supported");
}

std::string FieldConfig::activation(std::string_view name, std::string_view fallback) const {
  const std::string theirs = text(name, fallback);
  std::string known;
  for (const Named& one : kActivations) {
    if (theirs == one.theirs) return one.ours;
    known += (known.empty() ? "" : ", ") + std::string(one.theirs);
  }
  refuse(name, "'" + theirs + "' is not among " + known);
}

std::string field_activation(const std::string& ours) {
  for (const Named& one : kActivations) {
    if (ours == one.ours) return one.theirs;
  }
  return ours;
}

bool is_family(const Config& config_json, std::initializer_list<std::string_view> types,
               std::initializer_list<std::string_view> architectures) {
  const auto among = [](const Config& one, std::initializer_list<std::string_view> names) {
    return one.is_string() && std::find(names.begin(), names.end(), one.string()) != names.end();
  };
  const Config* type = config_json.find("model_type");
  if (type != nullptr) return among(*type, types);
  const Config* all = config_json.find("architectures");
  if (all == nullptr || !all->is_array()) return false;
  return std::any_of(all->items().begin(), all->items().end(),
                     [&](const Config& one) { return among(one, architectures); });
}

Config rotary_positions(const FieldConfig& json, double fraction) {
  const Config* parameters = json.find("rope_parameters");
  const Config* scaling = parameters != nullptr ? parameters : json.find("rope_scaling");
  const Config none = Config::object();
  const FieldConfig rope(scaling != nullptr ? *scaling : none);
  Config rotary = Config::object({{"type", "rotary"}});
  rotary.put("base", rope.real("rope_theta", json.real("rope_theta", 10000)));
  rotary.put("fraction", rope.real("partial_rotary_factor", json.real("partial_rotary_factor", fraction)));
  const std::string type = rope.text("rope_type", rope.text("type", "default"));
  if (type == "default") return rotary;
  if (type != "linear" && type != "llama3" && type != "yarn") {
    rope.refuse(rope.find("rope_type") != nullptr ? "rope_type" : "type",
                "'" + type + "' is not among default, linear, llama3, yarn");
  }
  rotary.put("scaling", type);
  rotary.put("factor", rope.real("factor", 1));
  if (type == "linear") return rotary;
  rotary.put("original_length",
             rope.integer("original_max_position_embeddings", json.integer("max_position_embeddings", 0)));
  if (type == "llama3") {
    rotary.put("low_frequency", rope.real("low_freq_factor", 1));
    rotary.put("high_frequency", rope.real("high_freq_factor", 4));
    return rotary;
  }
  for (const char* name : {"mscale", "mscale_all_dim"}) {
    if (rope.find(name) != nullptr) rope.refuse(name, "yarn is supported with attention_factor only");
  }
  rotary.put("attention_factor", rope.real("attention_factor", 0));
  rotary.put("beta_fast", rope.real("beta_fast", 32));
  rotary.put("beta_slow", rope.real("beta_slow", 1));
  return rotary;
}

void put_rotary(Config& json, const Config& rotary) {
  json.put("rope_theta", rotary.at("base"));
  if (rotary.at("fraction").real() != 1) json.put("partial_rotary_factor", rotary.at("fraction"));
  const std::string type = rotary.at("scaling").string();
  if (type == "none") return;
  Config scaling = Config::object({{"rope_type", type}, {"factor", rotary.at("factor")}});
  if (type != "linear") scaling.put("original_max_position_embeddings", rotary.at("original_length"));
  if (type == "llama3") {
    scaling.put("low_freq_factor", rotary.at("low_frequency"));
    scaling.put("high_freq_factor", rotary.at("high_frequency"));
  }
  if (type == "yarn") {
    scaling.put("beta_fast", rotary.at("beta_fast"));
    scaling.put("beta_slow", rotary.at("beta_slow"));
    if (rotary.at("attention_factor").real() != 0) scaling.put("attention_factor", rotary.at("attention_factor"));
  }
  json.put("rope_scaling", scaling);
}

GptOptions options_of(const Config& model) {
  const std::string type = model.at("type").string();
  if (type == "llama") return parsed<LlamaOptions>(model);
  if (type == "qwen2") return parsed<Qwen2Options>(model);
  if (type == "mistral") return parsed<MistralOptions>(model);
  if (type == "neox") return parsed<NeoxOptions>(model);
  if (type == "bloom") return parsed<BloomOptions>(model);
  return parsed<GptOptions>(model);
}

Config completed(const SlotBase& slot) { return default_registry().complete(slot.role(), slot.spec()); }

void add(std::vector<NameRule>& rules, const Both& both) {
  for (const char* kind : {"weight", "bias"}) {
    const bool weight = std::string_view(kind) == "weight";
    if (!weight && !both.bias) continue;
    NameRule rule;
    rule.theirs = both.theirs + "." + kind;
    for (const std::string& one : both.ours) rule.ours.push_back(one + "." + kind);
    rule.transpose = weight && both.transpose;
    rule.rows = both.rows;
    rules.push_back(std::move(rule));
  }
}

bool has_family_parts(const GptOptions& options) {
  return options.attention.type() == "sdpa" && options.feed_forward.type() == "feed_forward" && !options.qk_norm;
}

bool has_classic_parts(const GptOptions& options) {
  return has_family_parts(options) && options.norm.type() == "layer_norm" && options.bias == "all" &&
         options.activation != "swiglu" && (options.kv_heads == 0 || options.kv_heads == options.heads) &&
         options.head_width == 0 && options.window == 0;
}

void add_output(std::vector<NameRule>& rules, const std::string& theirs, bool tie) {
  NameRule rule{.theirs = theirs, .ours = {}, .optional = tie, .padded = true};
  if (!tie) rule.ours.emplace_back("output.weight");
  rules.push_back(std::move(rule));
}

void add_interleaved_layer(std::vector<NameRule>& rules, const std::string& theirs, const std::string& attention,
                           const GptOptions& options) {
  const std::string layer = kLayer;
  add(rules, {.theirs = theirs + "input_layernorm", .ours = {layer + "self_attention_norm"}});
  add(rules, {.theirs = theirs + attention + ".query_key_value",
              .ours = {layer + "self_attention.query", layer + "self_attention.key", layer + "self_attention.value"},
              .rows = permuted_rows({options.heads, 3, head_width(options)}, {1, 0, 2})});
  add(rules, {.theirs = theirs + attention + ".dense", .ours = {layer + "self_attention.output"}});
  add(rules, {.theirs = theirs + "post_attention_layernorm", .ours = {layer + "feed_forward_norm"}});
  add(rules, {.theirs = theirs + "mlp.dense_h_to_4h", .ours = {layer + "feed_forward.up"}});
  add(rules, {.theirs = theirs + "mlp.dense_4h_to_h", .ours = {layer + "feed_forward.down"}});
}

}  // namespace strata

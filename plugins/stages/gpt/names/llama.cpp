// Checkpoints of Llama's form: Llama, Mistral and Qwen2.
#include "families.hpp"
#include "field_config.hpp"

namespace strata {
namespace {

std::string family_of(const Config& config_json) {
  if (is_family(config_json, {"mistral"}, {"MistralForCausalLM"})) return "mistral";
  if (is_family(config_json, {"qwen2"}, {"Qwen2ForCausalLM"})) return "qwen2";
  return is_family(config_json, {"llama"}, {"LlamaForCausalLM"}) ? "llama" : "";
}

// The number of positions that a position reads; 0: all.
std::int64_t window_of(const FieldConfig& json, const std::string& family) {
  if (family == "mistral") return json.integer("sliding_window", 0);
  if (family == "qwen2" && json.flag("use_sliding_window", false)) {
    json.refuse("use_sliding_window", "a window in a part of the layers is not supported");
  }
  return 0;
}

std::string bias_of(const FieldConfig& json, const std::string& family) {
  if (family == "qwen2") return "qkv";
  const bool attention = json.flag("attention_bias", false), feed_forward = json.flag("mlp_bias", false);
  if (attention != feed_forward) json.refuse("attention_bias", "attention_bias and mlp_bias have to be the same");
  return attention ? "all" : "none";
}

}  // namespace

bool LlamaNames::reads(const Config& config_json) const { return !family_of(config_json).empty(); }

Config LlamaNames::model(const Config& config_json) const {
  const FieldConfig json(config_json);
  const std::string family = family_of(config_json), activation = json.activation("hidden_act", "silu");
  if (activation != "silu") json.refuse("hidden_act", "the gate is silu in this family");
  const std::int64_t heads = json.integer("num_attention_heads", 32);
  Config model = Config::object({{"type", family}});
  model.put("width", json.integer("hidden_size", 4096));
  model.put("layers", json.integer("num_hidden_layers", 32));
  model.put("heads", heads);
  model.put("kv_heads", json.integer("num_key_value_heads", heads));
  model.put("head_width", json.integer("head_dim", 0));
  model.put("hidden", json.integer("intermediate_size", 11008));
  model.put("context", json.integer("max_position_embeddings", 2048));
  model.put("window", window_of(json, family));
  model.put("activation", "swiglu");
  model.put("bias", bias_of(json, family));
  model.put("tie", json.flag("tie_word_embeddings", false));
  model.put("dropout", 0.0);
  model.put("norm", Config::object({{"type", "rms_norm"}, {"eps", json.real("rms_norm_eps", 1e-6)}}));
  model.put("positions", rotary_positions(json, 1));
  return model;
}

bool LlamaNames::writes(const Config& model) const {
  const std::string type = model.at("type").string();
  if (type != "gpt" && type != "llama" && type != "mistral" && type != "qwen2") return false;
  const GptOptions options = options_of(model);
  return has_family_parts(options) && options.positions.type() == "rotary" &&
         completed(options.positions).at("fraction").real() == 1 && options.norm.type() == "rms_norm" &&
         !options.parallel && !options.embedding_norm && options.activation == "swiglu" &&
         (options.bias != "qkv" || options.window == 0);
}

Config LlamaNames::config(const Config& model, const Sizes& sizes) const {
  const GptOptions options = options_of(model);
  // The family follows from what the model has.
  const bool qwen2 = options.bias == "qkv", mistral = options.window > 0 && options.bias == "none";
  const char* type = qwen2 ? "qwen2" : mistral ? "mistral" : "llama";
  Config json = Config::object({{"architectures", Config::array({qwen2     ? "Qwen2ForCausalLM"
                                                                 : mistral ? "MistralForCausalLM"
                                                                           : "LlamaForCausalLM"})},
                                {"model_type", type},
                                {"vocab_size", sizes.at("tokens")},
                                {"hidden_size", options.width},
                                {"intermediate_size", completed(block_of(options)).at("feed_forward").at("hidden")},
                                {"num_hidden_layers", options.layers},
                                {"num_attention_heads", options.heads},
                                {"num_key_value_heads", options.kv_heads > 0 ? options.kv_heads : options.heads},
                                {"hidden_act", "silu"},
                                {"max_position_embeddings", options.context},
                                {"rms_norm_eps", completed(options.norm).at("eps")},
                                {"tie_word_embeddings", options.tie}});
  if (options.head_width > 0) json.put("head_dim", options.head_width);
  if (!qwen2 && !mistral) {
    json.put("attention_bias", options.bias == "all");
    json.put("mlp_bias", options.bias == "all");
  }
  if (mistral) json.put("sliding_window", options.window);
  if (qwen2) json.put("use_sliding_window", false);
  put_rotary(json, completed(options.positions));
  return json;
}

std::vector<NameRule> LlamaNames::rules(const Config& model) const {
  const GptOptions options = options_of(model);
  const std::string layer = kLayer, theirs = "model.layers.{}.";
  const bool all = options.bias == "all", qkv = options.bias != "none";
  std::vector<NameRule> rules;
  rules.push_back({.theirs = "model.embed_tokens.weight", .ours = {"body.embedding.weight"}, .padded = true});
  add(rules, {.theirs = theirs + "input_layernorm", .ours = {layer + "self_attention_norm"}, .bias = false});
  add(rules, {.theirs = theirs + "self_attn.q_proj", .ours = {layer + "self_attention.query"}, .bias = qkv});
  add(rules, {.theirs = theirs + "self_attn.k_proj", .ours = {layer + "self_attention.key"}, .bias = qkv});
  add(rules, {.theirs = theirs + "self_attn.v_proj", .ours = {layer + "self_attention.value"}, .bias = qkv});
  add(rules, {.theirs = theirs + "self_attn.o_proj", .ours = {layer + "self_attention.output"}, .bias = all});
  add(rules, {.theirs = theirs + "post_attention_layernorm", .ours = {layer + "feed_forward_norm"}, .bias = false});
  add(rules, {.theirs = theirs + "mlp.gate_proj", .ours = {layer + "feed_forward.gate"}, .bias = all});
  add(rules, {.theirs = theirs + "mlp.up_proj", .ours = {layer + "feed_forward.up"}, .bias = all});
  add(rules, {.theirs = theirs + "mlp.down_proj", .ours = {layer + "feed_forward.down"}, .bias = all});
  rules.push_back({.theirs = "model.norm.weight", .ours = {"body.norm.weight"}});
  rules.push_back({.theirs = theirs + "self_attn.rotary_emb.inv_freq", .ours = {}, .optional = true});
  add_output(rules, "lm_head.weight", options.tie);
  return rules;
}

}  // namespace strata

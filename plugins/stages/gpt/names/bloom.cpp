// Checkpoints of BLOOM's form.
#include "families.hpp"
#include "field_config.hpp"

namespace strata {

bool BloomNames::reads(const Config& config_json) const {
  return is_family(config_json, {"bloom"}, {"BloomForCausalLM", "BloomModel"});
}

Config BloomNames::model(const Config& config_json) const {
  const FieldConfig json(config_json);
  json.require("apply_residual_connection_post_layernorm", false, false);
  const std::int64_t width = json.integer("hidden_size", json.integer("n_embed", 64));
  const Config norm = Config::object({{"type", "layer_norm"}, {"eps", json.real("layer_norm_epsilon", 1e-5)}});
  Config model = Config::object({{"type", "bloom"}});
  model.put("width", width);
  model.put("layers", json.integer("n_layer", json.integer("num_hidden_layers", 2)));
  model.put("heads", json.integer("n_head", json.integer("num_attention_heads", 8)));
  model.put("hidden", 4 * width);
  model.put("context", json.integer("seq_length", 2048));
  model.put("activation", "gelu_tanh");
  model.put("dropout", json.real("hidden_dropout", 0));
  model.put("tie", json.flag("tie_word_embeddings", true));
  model.put("norm", norm);
  model.put("embedding_norm", norm);
  model.put("positions", "alibi");
  return model;
}

bool BloomNames::writes(const Config& model) const {
  const std::string type = model.at("type").string();
  if (type != "gpt" && type != "bloom") return false;
  const GptOptions options = options_of(model);
  return has_classic_parts(options) && options.positions.type() == "alibi" && options.embedding_norm &&
         options.embedding_norm.type() == "layer_norm" && !options.parallel && options.activation == "gelu_tanh" &&
         (options.hidden == 0 || options.hidden == 4 * options.width);
}

Config BloomNames::config(const Config& model, const Sizes& sizes) const {
  const GptOptions options = options_of(model);
  return Config::object({{"architectures", Config::array({"BloomForCausalLM"})},
                         {"model_type", "bloom"},
                         {"vocab_size", sizes.at("tokens")},
                         {"hidden_size", options.width},
                         {"n_layer", options.layers},
                         {"n_head", options.heads},
                         {"seq_length", options.context},
                         {"layer_norm_epsilon", completed(options.norm).at("eps")},
                         {"hidden_dropout", options.dropout},
                         {"attention_dropout", options.dropout},
                         {"tie_word_embeddings", options.tie}});
}

std::vector<NameRule> BloomNames::rules(const Config& model) const {
  const GptOptions options = options_of(model);
  const std::string theirs = "transformer.h.{}.";
  std::vector<NameRule> rules;
  rules.push_back({.theirs = "transformer.word_embeddings.weight", .ours = {"body.embedding.weight"}, .padded = true});
  add(rules, {.theirs = "transformer.word_embeddings_layernorm", .ours = {"body.embedding_norm"}});
  add_interleaved_layer(rules, theirs, "self_attention", options);
  add(rules, {.theirs = "transformer.ln_f", .ours = {"body.norm"}});
  add_output(rules, "lm_head.weight", options.tie);
  return rules;
}

}  // namespace strata

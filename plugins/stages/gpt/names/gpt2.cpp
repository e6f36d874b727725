// Checkpoints of GPT-2's form.
#include "families.hpp"
#include "field_config.hpp"

namespace strata {

bool Gpt2Names::reads(const Config& config_json) const {
  return is_family(config_json, {"gpt2"}, {"GPT2LMHeadModel", "GPT2Model"});
}

Config Gpt2Names::model(const Config& config_json) const {
  const FieldConfig json(config_json);
  json.require("scale_attn_weights", true, true);
  json.require("scale_attn_by_inverse_layer_idx", false, false);
  Config model = Config::object({{"type", "gpt"}});
  model.put("width", json.integer("n_embd", 768));
  model.put("layers", json.integer("n_layer", 12));
  model.put("heads", json.integer("n_head", 12));
  model.put("hidden", json.integer("n_inner", 4 * json.integer("n_embd", 768)));
  model.put("context", json.integer("n_positions", json.integer("n_ctx", 1024)));
  model.put("activation", json.activation("activation_function", "gelu_new"));
  model.put("norm", Config::object({{"type", "layer_norm"}, {"eps", json.real("layer_norm_epsilon", 1e-5)}}));
  model.put("dropout", json.real("resid_pdrop", 0.1));
  model.put("tie", json.flag("tie_word_embeddings", true));
  return model;
}

bool Gpt2Names::writes(const Config& model) const {
  if (model.at("type") != Config("gpt")) return false;
  const GptOptions options = options_of(model);
  return has_classic_parts(options) && options.positions.type() == "learned" && !options.parallel &&
         !options.embedding_norm;
}

Config Gpt2Names::config(const Config& model, const Sizes& sizes) const {
  const GptOptions options = options_of(model);
  return Config::object({{"architectures", Config::array({"GPT2LMHeadModel"})},
                         {"model_type", "gpt2"},
                         {"vocab_size", sizes.at("tokens")},
                         {"n_positions", options.context},
                         {"n_embd", options.width},
                         {"n_layer", options.layers},
                         {"n_head", options.heads},
                         {"n_inner", options.hidden > 0 ? options.hidden : 4 * options.width},
                         {"activation_function", field_activation(options.activation)},
                         {"layer_norm_epsilon", completed(options.norm).at("eps")},
                         {"resid_pdrop", options.dropout},
                         {"embd_pdrop", options.dropout},
                         {"attn_pdrop", options.dropout},
                         {"tie_word_embeddings", options.tie}});
}

std::vector<NameRule> Gpt2Names::rules(const Config& model) const {
  const std::string layer = kLayer, h = "transformer.h.{}.";
  std::vector<NameRule> rules;
  rules.push_back({.theirs = "transformer.wte.weight", .ours = {"body.embedding.weight"}, .padded = true});
  rules.push_back({.theirs = "transformer.wpe.weight", .ours = {"body.positions.table.weight"}});
  add(rules, {.theirs = h + "ln_1", .ours = {layer + "self_attention_norm"}});
  add(rules, {.theirs = h + "attn.c_attn",
              .ours = {layer + "self_attention.query", layer + "self_attention.key", layer + "self_attention.value"},
              .transpose = true});
  add(rules, {.theirs = h + "attn.c_proj", .ours = {layer + "self_attention.output"}, .transpose = true});
  add(rules, {.theirs = h + "ln_2", .ours = {layer + "feed_forward_norm"}});
  add(rules, {.theirs = h + "mlp.c_fc", .ours = {layer + "feed_forward.up"}, .transpose = true});
  add(rules, {.theirs = h + "mlp.c_proj", .ours = {layer + "feed_forward.down"}, .transpose = true});
  add(rules, {.theirs = "transformer.ln_f", .ours = {"body.norm"}});
  rules.push_back({.theirs = h + "attn.bias", .ours = {}, .optional = true});
  rules.push_back({.theirs = h + "attn.masked_bias", .ours = {}, .optional = true});
  add_output(rules, "lm_head.weight", options_of(model).tie);
  return rules;
}

}  // namespace strata

// Checkpoints of GPT-NeoX's form, Pythia among them.
#include "families.hpp"
#include "field_config.hpp"

namespace strata {

bool NeoxNames::reads(const Config& config_json) const {
  return is_family(config_json, {"gpt_neox"}, {"GPTNeoXForCausalLM", "GPTNeoXModel"});
}

Config NeoxNames::model(const Config& config_json) const {
  const FieldConfig json(config_json);
  json.require("attention_bias", true, true);
  Config model = Config::object({{"type", "neox"}});
  model.put("width", json.integer("hidden_size", 6144));
  model.put("layers", json.integer("num_hidden_layers", 44));
  model.put("heads", json.integer("num_attention_heads", 64));
  model.put("hidden", json.integer("intermediate_size", 24576));
  model.put("context", json.integer("max_position_embeddings", 2048));
  model.put("activation", json.activation("hidden_act", "gelu"));
  model.put("parallel", json.flag("use_parallel_residual", true));
  model.put("dropout", json.real("hidden_dropout", 0));
  model.put("tie", json.flag("tie_word_embeddings", false));
  model.put("norm", Config::object({{"type", "layer_norm"}, {"eps", json.real("layer_norm_eps", 1e-5)}}));
  Config positions = rotary_positions(json, json.real("rotary_pct", 0.25));
  if (json.find("rope_parameters") == nullptr) positions.put("base", json.real("rotary_emb_base", 10000));
  model.put("positions", positions);
  return model;
}

bool NeoxNames::writes(const Config& model) const {
  const std::string type = model.at("type").string();
  if (type != "gpt" && type != "neox") return false;
  const GptOptions options = options_of(model);
  return has_classic_parts(options) && options.positions.type() == "rotary" &&
         completed(options.positions).at("scaling") == Config("none") && !options.embedding_norm;
}

Config NeoxNames::config(const Config& model, const Sizes& sizes) const {
  const GptOptions options = options_of(model);
  const Config rotary = completed(options.positions);
  return Config::object({{"architectures", Config::array({"GPTNeoXForCausalLM"})},
                         {"model_type", "gpt_neox"},
                         {"vocab_size", sizes.at("tokens")},
                         {"hidden_size", options.width},
                         {"intermediate_size", options.hidden > 0 ? options.hidden : 4 * options.width},
                         {"num_hidden_layers", options.layers},
                         {"num_attention_heads", options.heads},
                         {"hidden_act", field_activation(options.activation)},
                         {"max_position_embeddings", options.context},
                         {"layer_norm_eps", completed(options.norm).at("eps")},
                         {"rotary_pct", rotary.at("fraction")},
                         {"rotary_emb_base", rotary.at("base")},
                         {"use_parallel_residual", options.parallel},
                         {"hidden_dropout", options.dropout},
                         {"attention_dropout", options.dropout},
                         {"tie_word_embeddings", options.tie}});
}

std::vector<NameRule> NeoxNames::rules(const Config& model) const {
  const GptOptions options = options_of(model);
  const std::string theirs = "gpt_neox.layers.{}.";
  std::vector<NameRule> rules;
  rules.push_back({.theirs = "gpt_neox.embed_in.weight", .ours = {"body.embedding.weight"}, .padded = true});
  add_interleaved_layer(rules, theirs, "attention", options);
  add(rules, {.theirs = "gpt_neox.final_layer_norm", .ours = {"body.norm"}});
  for (const char* name : {"attention.bias", "attention.masked_bias", "attention.rotary_emb.inv_freq"}) {
    rules.push_back({.theirs = theirs + name, .ours = {}, .optional = true});
  }
  add_output(rules, "embed_out.weight", options.tie);
  return rules;
}

}  // namespace strata

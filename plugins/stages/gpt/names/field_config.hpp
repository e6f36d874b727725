// FieldConfig: what the config.json of the field says, with its defaults, for the families of decoder-only models.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "../options.hpp"
#include "strata/core/config.hpp"
#include "strata/model/weight_names.hpp"

namespace strata {

// Reads values of a config.json. A missing or null value gives the fallback.
class FieldConfig {
 public:
  explicit FieldConfig(const Config& json) : json_(json) {}

  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  double real(std::string_view name, double fallback) const;
  bool flag(std::string_view name, bool fallback) const;
  std::string text(std::string_view name, std::string_view fallback) const;
  // The value, or null when it is missing.
  const Config* find(std::string_view name) const;
  // Throws E_CONFIG_RANGE at the value's place, with what is supported.
  [[noreturn]] void refuse(std::string_view name, const std::string& supported) const;
  // Throws E_CONFIG_RANGE unless the flag has this value.
  void require(std::string_view name, bool fallback, bool value) const;
  // The activation's name in a feed-forward network.
  std::string activation(std::string_view name, std::string_view fallback) const;

 private:
  const Config& json_;
};

// The field's name of an activation: "gelu_new", "silu", ...
std::string field_activation(const std::string& ours);

// True when config.json has one of these as "model_type", or, without it, one of `architectures`.
bool is_family(const Config& config_json, std::initializer_list<std::string_view> types,
               std::initializer_list<std::string_view> architectures);

// {"type": "rotary", ...} from rope_theta, rope_scaling and partial_rotary_factor, or from rope_parameters.
Config rotary_positions(const FieldConfig& json, double fraction);
// The reverse: puts rope_theta and rope_scaling.
void put_rotary(Config& json, const Config& rotary);

// The options of a "model" of a recipe, whose type is "gpt" or one of the presets.
GptOptions options_of(const Config& model);
// The options of a part with all defaults, as a Config with "type".
Config completed(const SlotBase& slot);

// True when attention and feed-forward network are those that the families have, without a norm of queries and keys.
bool has_family_parts(const GptOptions& options);
// The same, with layer norms, biases everywhere, no gate, keys of its own for each head, heads as wide as the model
// allows, and no window: the form of GPT-2, GPT-NeoX and BLOOM.
bool has_classic_parts(const GptOptions& options);

// The rules for the parameters "weight" and, where there is one, "bias".
struct Both {
  std::string theirs;  // without ".weight"
  std::vector<std::string> ours;
  bool bias = true, transpose = false;
  std::vector<std::int64_t> rows = {};
};
void add(std::vector<NameRule>& rules, const Both& both);

// The rule for the matrix of the output, which a tied model has as its embedding.
void add_output(std::vector<NameRule>& rules, const std::string& theirs, bool tie);
// The rules for a layer of GPT-NeoX and BLOOM, where q, k and v of each head follow one another. theirs: names of the
// layer ("gpt_neox.layers.{}."); attention: name of attention within it ("attention").
void add_interleaved_layer(std::vector<NameRule>& rules, const std::string& theirs, const std::string& attention,
                           const GptOptions& options);

// Where the parameters of a layer are in the model.
inline constexpr const char* kLayer = "body.layers.{}.";

}  // namespace strata

// The families of decoder-only checkpoints: components of the role weight_names.
#pragma once

#include "strata/model/weight_names.hpp"

namespace strata {

class Gpt2Names final : public WeightNames {
 public:
  bool reads(const Config& config_json) const override;
  Config model(const Config& config_json) const override;
  bool writes(const Config& model) const override;
  Config config(const Config& model, const Sizes& sizes) const override;
  std::vector<NameRule> rules(const Config& model) const override;
};

// Llama, Mistral and Qwen2, which differ in their biases and windows.
class LlamaNames : public WeightNames {
 public:
  bool reads(const Config& config_json) const override;
  Config model(const Config& config_json) const override;
  bool writes(const Config& model) const override;
  Config config(const Config& model, const Sizes& sizes) const override;
  std::vector<NameRule> rules(const Config& model) const override;
};

class NeoxNames final : public WeightNames {
 public:
  bool reads(const Config& config_json) const override;
  Config model(const Config& config_json) const override;
  bool writes(const Config& model) const override;
  Config config(const Config& model, const Sizes& sizes) const override;
  std::vector<NameRule> rules(const Config& model) const override;
};

class BloomNames final : public WeightNames {
 public:
  bool reads(const Config& config_json) const override;
  Config model(const Config& config_json) const override;
  bool writes(const Config& model) const override;
  Config config(const Config& model, const Sizes& sizes) const override;
  std::vector<NameRule> rules(const Config& model) const override;
};

}  // namespace strata

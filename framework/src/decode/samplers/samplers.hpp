// The built-in samplers, one file each, and their registration.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/row_softmax.hpp"
#include "strata/decode/sampler.hpp"

namespace strata {

class Registry;

void register_samplers(Registry& registry);

namespace detail {

class TemperatureSampler final : public Sampler {
 public:
  struct Options {
    double value = 1;
    void visit(auto& option) {
      option("value", value, "divisor of the logits: below 1 favours probable tokens (0: the most probable one alone)")
          .range(0, 100)
          .required();
    }
  };
  explicit TemperatureSampler(const Options& options) : value_(options.value) {}
  void apply(std::span<float> logits, const Written& row) const override;

 private:
  double value_;
};

class TopKSampler final : public Sampler {
 public:
  struct Options {
    std::int64_t k = 1;
    void visit(auto& option) {
      option("k", k, "number of most probable tokens that stay").range(1, 1 << 20).required();
    }
  };
  explicit TopKSampler(const Options& options) : k_(static_cast<std::size_t>(options.k)) {}
  void apply(std::span<float> logits, const Written& row) const override;

 private:
  std::size_t k_;
  mutable std::vector<float> largest_;  // scratch, at most 2 k
};

class TopPSampler final : public Sampler {
 public:
  struct Options {
    double p = 1;
    void visit(auto& option) {
      option("p", p, "probability mass that the most probable tokens which stay must reach").above(0).max(1).required();
    }
  };
  explicit TopPSampler(const Options& options) : p_(options.p) {}
  void apply(std::span<float> logits, const Written& row) const override;

 private:
  struct Token {
    float logit, weight;
    std::int32_t id;
  };
  Token last_of_nucleus(std::span<const float> logits) const;

  double p_;
  mutable RowSoftmax softmax_;         // scratch
  mutable std::vector<double> sums_;   // scratch: weights of the tokens of each interval of logits
  mutable std::vector<Token> tokens_;  // scratch: those of one interval, at most V
};

class MinPSampler final : public Sampler {
 public:
  struct Options {
    double p = 0;
    void visit(auto& option) {
      option("p", p, "smallest probability of a token that stays, as a fraction of the largest one")
          .range(0, 1)
          .required();
    }
  };
  explicit MinPSampler(const Options& options) : p_(options.p) {}
  void apply(std::span<float> logits, const Written& row) const override;

 private:
  double p_;
};

class RepetitionPenaltySampler final : public Sampler {
 public:
  struct Options {
    double value = 1;
    void visit(auto& option) {
      option("value", value, "divisor of the positive logits of tokens that occurred, and factor of the negative ones")
          .range(0.01, 100)
          .required();
    }
  };
  RepetitionPenaltySampler(const Options& options, const Facts& facts)
      : value_(options.value), seen_(static_cast<std::size_t>(facts.vocabulary)) {}
  void apply(std::span<float> logits, const Written& row) const override;

 private:
  double value_;
  mutable std::vector<std::uint32_t> seen_;  // the last call that met each token
  mutable std::uint32_t call_ = 0;
};

}  // namespace detail
}  // namespace strata

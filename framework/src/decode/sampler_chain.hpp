// SamplerChain: the samplers that the options of a search ask for, applied to one row after the other. Private to
// libstrata. Legend: V vocabulary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/decode/options.hpp"
#include "strata/decode/sampler.hpp"

namespace strata::detail {

class SamplerChain {
 public:
  // Makes the samplers in the order in which they are applied: repetition_penalty, temperature, top_k, top_p, min_p, as
  // far as the options ask for them, then `samplers`.
  SamplerChain(const DecodeOptions& options, std::int64_t vocabulary);

  // logits [V] of a row, which stay as they are -> [V], what the samplers leave of them; right until the next call.
  // `forbidden` are tokens that may not follow: they are excluded before the first sampler. Without any token left
  // before the first sampler, the result is empty. Throws E_PLUGIN_SAMPLER for a sampler that breaks the rules of
  // decode/sampler.hpp.
  std::span<const float> run(std::span<const float> logits, std::span<const std::int32_t> forbidden,
                             const Written& row);

 private:
  struct Link {
    std::string name;
    std::shared_ptr<Sampler> sampler;
  };
  template <class T, class... Facts>
  void add(const char* name, typename T::Options options, const Facts&... facts);
  void check(const Link& link, std::span<const std::int32_t> forbidden, const Written& row) const;

  std::vector<Link> links_;
  std::vector<float> logits_;
};

}  // namespace strata::detail

// SamplerChain: makes the samplers once a search, and looks at what each of them leaves.
#include "decode/sampler_chain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/loaded_code.hpp"
#include "decode/samplers/samplers.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

// Whether a token can be drawn, and whether a logit is NaN or +infinity. Loops without a branch, which become vector
// instructions.
bool any_left(std::span<const float> logits) {
  int left = 0;
  for (const float z : logits) left |= static_cast<int>(z > -INFINITY);
  return left != 0;
}
bool any_unusable(std::span<const float> logits) {
  int unusable = 0;
  for (const float z : logits) unusable |= static_cast<int>(!(z <= std::numeric_limits<float>::max()));
  return unusable != 0;
}

}  // namespace

template <class T, class... Facts>
void SamplerChain::add(const char* name, typename T::Options options, const Facts&... facts) {
  links_.push_back({name, std::make_shared<T>(options, facts...)});
}

SamplerChain::SamplerChain(const DecodeOptions& options, std::int64_t vocabulary) {
  const Sampler::Facts facts{vocabulary};
  if (options.repetition_penalty != 1) {
    add<RepetitionPenaltySampler>("repetition_penalty", {options.repetition_penalty}, facts);
  }
  if (options.temperature != 1) add<TemperatureSampler>("temperature", {options.temperature});
  if (options.top_k > 0) add<TopKSampler>("top_k", {options.top_k});
  if (options.top_p < 1) add<TopPSampler>("top_p", {options.top_p});
  if (options.min_p > 0) add<MinPSampler>("min_p", {options.min_p});
  for (const Slot<Sampler>& slot : options.samplers) links_.push_back({slot.type(), slot.make(facts)});
}

std::span<const float> SamplerChain::run(std::span<const float> logits, std::span<const std::int32_t> forbidden,
                                         const Written& row) {
  logits_.assign(logits.begin(), logits.end());
  for (const std::int32_t token : forbidden) {
    const auto v = static_cast<std::size_t>(token);
    if (v < logits_.size()) logits_[v] = -INFINITY;
  }
  if (!any_left(logits_)) return {};
  for (const Link& link : links_) {
    in_plugin("apply()", *link.sampler, [&] { link.sampler->apply(logits_, row); });
    check(link, forbidden, row);
  }
  return logits_;
}

void SamplerChain::check(const Link& link, std::span<const std::int32_t> forbidden, const Written& row) const {
  std::string fault;
  if (any_unusable(logits_)) {
    const auto at =
        std::find_if(logits_.begin(), logits_.end(), [](float z) { return !(z <= std::numeric_limits<float>::max()); });
    fault = "makes the logit of token " + std::to_string(at - logits_.begin()) + " " + std::to_string(*at);
  } else if (!any_left(logits_)) {
    fault = "excludes every token";
  } else {
    for (const std::int32_t token : forbidden) {
      const auto v = static_cast<std::size_t>(token);
      if (v >= logits_.size() || logits_[v] == -INFINITY) continue;
      fault = "lets token " + std::to_string(token) + " in, which was excluded, at " + std::to_string(logits_[v]);
    }
  }
  if (fault.empty()) return;
  const LoadedCode* plugin = code_at(code_of(*link.sampler));
  throw Error("E_PLUGIN_SAMPLER", plugin != nullptr ? plugin->file : "[decode]",
              "sampler " + link.name + (plugin != nullptr ? " of plugin " + std::string(plugin->name) : "") + " " +
                  fault + "; " + std::to_string(row.ids.size()) + " tokens written, " + std::to_string(logits_.size()) +
                  " logits",
              "`strata plugins test` checks what a sampler promises");
}

}  // namespace strata::detail

// The built-in samplers as components, and the anchor of their role.
#include "decode/samplers/samplers.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

Sampler::~Sampler() = default;

void register_samplers(Registry& registry) {
  registry.add<Sampler, detail::TemperatureSampler>(
      "temperature",
      "division of the logits by a number (Ackley et al., 1985); 0 leaves the most probable token alone");
  registry.add<Sampler, detail::TopKSampler>("top_k", "choice among the k most probable tokens (Fan et al., 2018)");
  registry.add<Sampler, detail::TopPSampler>(
      "top_p", "choice among the most probable tokens that together reach probability p (Holtzman et al., 2020)");
  registry.add<Sampler, detail::MinPSampler>(
      "min_p", "choice among the tokens that have at least p times the largest probability (Nguyen et al., 2024)");
  registry.add<Sampler, detail::RepetitionPenaltySampler>(
      "repetition_penalty",
      "smaller logits for tokens that occurred in the row (Keskar et al., 2019); belongs before "
      "temperature, which changes signs");
}

}  // namespace strata

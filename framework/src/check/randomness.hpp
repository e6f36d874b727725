// What a component promises about random numbers: evaluation draws none, training draws each once.
#pragma once

#include <functional>
#include <string>

#include "strata/core/config.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata::detail {

// The spec with every option "...dropout..." at 0.5, or at the most that it allows, in nested components, too.
struct Dropping {
  Config spec;
  int options = 0;  // how many were set
};
Dropping with_dropout(std::string_view role, const Config& spec, Registry& registry);

// `forward` gives the same bits at two random steps while the context does not train. The text says whether training
// differs, as it should where something drops.
std::string check_evaluation(const std::function<Tensors()>& forward);

// `forward`, while training, asks for the numbers of each key and call once: two layers that share them would drop the
// same elements.
std::string check_random_keys(const std::function<void()>& forward);

}  // namespace strata::detail

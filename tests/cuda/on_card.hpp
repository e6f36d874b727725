// A scope whose tensors and ops are the card's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "cuda/host_plugin.hpp"
#include "strata/tensor/context.hpp"

namespace strata_test {

struct OnCard : strata::ContextScope {
  explicit OnCard(std::shared_ptr<strata::Device> device = cuda_device(R"("cuda")")) {
    strata::context().device = std::move(device);
  }
  strata::Device& device() const { return *strata::context().device; }
  std::int64_t count(const std::string& name) const { return counted(device(), name); }
};

}  // namespace strata_test

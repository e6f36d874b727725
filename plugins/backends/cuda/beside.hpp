// The queue of branches, which a device has beside its own.
#pragma once

#include "driver.hpp"

namespace strata::cuda {

constexpr int kBranches = 2;  // that may be open at the same time

// A further queue, and what ties it to the device's own.
struct Beside {
  CUstream stream = nullptr;
  CUevent begun = nullptr, ended = nullptr;

  void start(const std::string& device);
  void end();
};

}  // namespace strata::cuda

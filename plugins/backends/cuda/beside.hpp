// The queue of branches, which a device has beside its own.
#pragma once

#include "driver.hpp"

namespace strata::cuda {

// A second queue, and what ties it to the first.
struct Beside {
  CUstream stream = nullptr;
  CUevent begun = nullptr, ended = nullptr;

  void start(const std::string& device);
  void end();
};

}  // namespace strata::cuda

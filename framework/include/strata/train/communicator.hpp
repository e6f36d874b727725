// Communicator: sums over the processes of a run. `single`, the built-in one, is alone.
#pragma once

#include <string_view>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

class STRATA_API Communicator {
 public:
  static constexpr std::string_view kRole = "communicator";
  struct Facts {};

  virtual ~Communicator();
  // This process among `size` of them: 0..size-1.
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // Sums in place over all ranks, in an order that does not change from run to run.
  virtual void all_reduce(const Tensor& tensor) = 0;
  // Copies rank 0's into everybody's.
  virtual void broadcast(const Tensor& tensor) = 0;
  // Returns when every rank has called it.
  virtual void barrier() = 0;
};

}  // namespace strata

// Communicator: exchanges tensors between the processes of a run. The built-in `single` is for a run of one process.
#pragma once

#include <cstdint>
#include <string_view>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

class STRATA_API Communicator {
 public:
  static constexpr std::string_view kRole = "communicator";
  struct Facts {};

  virtual ~Communicator();
  // The number of this process, 0 to size() - 1, and the number of processes.
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // Replaces the tensor by its sum over all ranks. The order of the sum is the same in every run.
  virtual void all_reduce(const Tensor& tensor) = 0;
  // Copies the tensor of rank 0 into that of every other rank.
  virtual void broadcast(const Tensor& tensor) = 0;
  // Returns when every rank has called it.
  virtual void barrier() = 0;
  // Returns the largest of the values of all ranks, each |value| <= 2^53, so that all ranks decide alike where their
  // own views may differ: on a time limit or a signal. Every rank must call it. Default: by all_reduce().
  virtual std::int64_t agree(std::int64_t value);
};

}  // namespace strata

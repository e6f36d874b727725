// What cuDNN has to be told of a recurrent layer, kept for each queue and shape.
#pragma once

#include <array>
#include <cstdint>
#include <tuple>

#include "cudnn.hpp"
#include "strata/device/kernel.hpp"

namespace strata::cuda {

// One layer over sequences that all have T steps. B batch, T time, I input width, H hidden.
struct RnnShape {
  cudnnRNNMode_t mode;
  DType dtype;
  std::int64_t batch, time, input, hidden;
  bool operator<(const RnnShape& other) const {
    return std::tie(mode, dtype, batch, time, input, hidden) <
           std::tie(other.mode, other.dtype, other.batch, other.time, other.input, other.hidden);
  }
};

struct RnnPlan {
  cudnnHandle_t handle = nullptr;
  cudnnRNNDescriptor_t rnn = nullptr;
  cudnnRNNDataDescriptor_t x = nullptr, y = nullptr;  // [T,B,I], [T,B,H]
  cudnnTensorDescriptor_t state = nullptr;            // [1,B,H]
  std::size_t weight_bytes = 0, work_bytes = 0, train_work_bytes = 0, reserve_bytes = 0;
  bool refused = false;  // the library does not take this shape

  // Where the blocks of the gates lie in the weight space, in elements: first those of the input's weight, then of the
  // state's. Filled in at the first call, as the library tells it by addresses.
  struct Places {
    std::array<std::int64_t, 8> matrix, bias;
  };
  Places places{};
  bool placed = false;
};

// Of the queue `stream`, made at the first call. The reference holds until the next one is asked for.
RnnPlan& rnn_plan(void* stream, const RnnShape& shape);
// The plan's places, asked for with a weight space.
const RnnPlan::Places& rnn_places(RnnPlan& plan, const RnnShape& shape, void* space);

constexpr int rnn_gates(cudnnRNNMode_t mode) { return mode == CUDNN_LSTM ? 4 : mode == CUDNN_GRU ? 3 : 1; }

}  // namespace strata::cuda

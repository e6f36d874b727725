// What the stand-in for cuDNN keeps behind its handles, and which calls of a recurrent layer it takes.
#pragma once

#include <cuda.h>
#include <cudnn.h>

#include <cstddef>
#include <vector>

#include "cuda/fake/numbers.hpp"

struct cudnnContext {
  CUstream stream = nullptr;
};
struct cudnnDropoutStruct {
  float probability = -1;
};
struct cudnnTensorStruct {
  cudnnDataType_t type = CUDNN_DATA_INT8;
  std::vector<int> extents, strides;
};
struct cudnnRNNStruct {
  cudnnRNNMode_t mode = CUDNN_RNN_RELU;
  cudnnDataType_t type = CUDNN_DATA_INT8;
  std::size_t input = 0, hidden = 0;

  std::size_t gates() const { return mode == CUDNN_LSTM ? 4 : mode == CUDNN_GRU ? 3 : 1; }
  fake::Format format() const {
    return type == CUDNN_DATA_DOUBLE  ? fake::Format::f64
           : type == CUDNN_DATA_FLOAT ? fake::Format::f32
           : type == CUDNN_DATA_HALF  ? fake::Format::f16
                                      : fake::Format::bf16;
  }
};
struct cudnnRNNDataStruct {
  cudnnDataType_t type = CUDNN_DATA_INT8;
  std::size_t time = 0, batch = 0, width = 0;
};

namespace fake::cudnn {

// A layer over the sequences of a call: x [time, batch, input], y [time, batch, hidden].
struct Layer : cudnnRNNStruct {
  std::size_t time = 0, batch = 0;

  bool lstm() const { return mode == CUDNN_LSTM; }
  // Numbers of a state.
  std::size_t units() const { return batch * hidden; }
};

// What a call works in.
struct Spaces {
  std::size_t weight_bytes;
  const void* weights;  // or their gradients
  std::size_t work_bytes;
  const void* work;
  std::size_t reserve_bytes;
  const void* reserve;
};

// Bytes of work space that are asked for, and written to.
constexpr std::size_t least_work(bool trains) { return trains ? 192 : 96; }

// Whether layer, inputs, outputs and states are of one type and fit each other.
bool fit(const cudnnRNNStruct* rnn, const cudnnRNNDataStruct* x, const cudnnRNNDataStruct* y,
         const cudnnTensorStruct* state);
// Whether the spaces are long enough. Those of the library's own layout start at a multiple of 256, as a caller who
// knows nothing of it should see to.
bool suffice(const Spaces& spaces, const Layer& layer, bool trains);

}  // namespace fake::cudnn

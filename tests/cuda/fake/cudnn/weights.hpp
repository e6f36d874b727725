// The weight space of a layer: matrix and bias i are those that the input goes through for i below gates(), and from
// there on those of the state.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/fake/cudnn/layer.hpp"
#include "cuda/fake/numbers.hpp"

namespace fake::cudnn {

// What a row of matrix i is as long as.
inline std::size_t width_of(const cudnnRNNStruct& rnn, std::size_t i) {
  return i < rnn.gates() ? rnn.input : rnn.hidden;
}

// Where the matrix and the bias of a gate stand, in elements: the last one first, biases before matrices, gaps between.
struct Places {
  explicit Places(const cudnnRNNStruct& rnn);
  std::size_t bytes() const { return count * size; }

  std::size_t matrix[8], bias[8], count = 24;
  std::size_t size;  // of an element, in bytes
};

// One layer's weights as numbers.
class Weights {
 public:
  Weights(const cudnnRNNStruct& rnn, const void* space);

  // Row j of matrix i.
  const double* row(std::size_t i, std::size_t j) const { return matrix_[i].data() + j * width_[i]; }
  // Row j of W x + b.
  double line(std::size_t i, std::size_t j, const double* x) const;

 private:
  std::vector<Numbers> matrix_, bias_;
  std::vector<std::size_t> width_;
};

}  // namespace fake::cudnn

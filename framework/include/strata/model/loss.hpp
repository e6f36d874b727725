// Loss: what a model gives for one batch.
#pragma once

#include <string>
#include <vector>

#include "strata/tensor/tensor.hpp"

namespace strata {

// A named sum over a batch. Reports and metrics divide it by Model::weight(). A part of a training step other than
// "loss" appears in the reports of training under its name.
struct LossPart {
  std::string name;  // "loss" (in nats, without label smoothing), "correct" (number of tokens predicted right), ...
  Tensor sum;        // 0-d f32
};

// The loss of one batch.
struct Loss {
  Tensor sum;  // 0-d f32, with its graph; the trainer divides by Model::weight() once, after accumulation
  std::vector<LossPart> parts;  // sums for reports, without a graph
  Tensors carry;                // state for the next batch (TensorBatch::carry); empty: the model carries none
};

// Options of Model::loss().
struct LossOptions {
  double label_smoothing = 0;  // in [0, 1); it affects Loss::sum, but not the parts
};

}  // namespace strata

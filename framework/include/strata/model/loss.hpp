// Loss: what a model gives for one batch.
#pragma once

#include <string>
#include <vector>

#include "strata/tensor/tensor.hpp"

namespace strata {

// A sum that reports and metrics read, and divide by Model::weight.
struct LossPart {
  std::string name;  // "loss" (nats, unsmoothed), "correct" (tokens whose best guess is right), ...
  Tensor sum;        // 0-d f32
};

// What a model gives for one batch.
struct Loss {
  Tensor sum;                   // 0-d f32, recorded; the trainer divides by Model::weight once, after accumulation
  std::vector<LossPart> parts;  // for reports; not recorded
};

// What the trainer asks for.
struct LossOptions {
  double label_smoothing = 0;  // in [0, 1); in `sum` only, not in the parts
};

}  // namespace strata

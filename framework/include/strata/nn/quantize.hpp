// quantize: converts weights to 8 bits, for models that are no longer trained.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"

namespace strata {

class Layer;

// The result of quantize().
struct Quantized {
  std::int64_t parameters = 0;                     // number of parameters in 8 bits
  std::int64_t bytes_before = 0, bytes_after = 0;  // size of all parameters of the layer, before and after
};

// Converts every matrix below `layer` that only Linear and Embedding layers read to 8-bit codes with one scale for each
// row, and frees its f32 values. These layers then compute with linear_int8 (ops/quantized.hpp) and cannot be trained.
// A matrix that is in 8 bits already stays as it is. The layer must be materialised.
STRATA_API Quantized quantize(Layer& layer);

// Throws E_CHECKPOINT_QUANTIZED at `place` when one of the parameters is in 8 bits. Training and averaging call it,
// because they need the original weights.
STRATA_API void require_whole(std::span<const NamedParameter> parameters, const std::string& place);

}  // namespace strata

// quantize: weights in 8 bits, for models that only write.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"

namespace strata {

class Layer;

// What quantize did.
struct Quantized {
  std::int64_t parameters = 0;                     // that are held in 8 bits now
  std::int64_t bytes_before = 0, bytes_after = 0;  // of all parameters of the layer
};

// Holds every matrix below `layer` that a Linear or an Embedding reads as codes with a scale a row, and lets go of its
// f32 values: such a layer then computes with linear_int8 (ops/quantized.hpp) and cannot be trained. One that is in 8
// bits already stays as it is. The layer must be materialised.
STRATA_API Quantized quantize(Layer& layer);

// Throws E_CHECKPOINT_QUANTIZED, naming `place`, when one of the parameters is in 8 bits: what trains or averages needs
// the weights themselves.
STRATA_API void require_whole(std::span<const NamedParameter> parameters, const std::string& place);

}  // namespace strata

// quantize.
#include "strata/nn/quantize.hpp"

#include "strata/core/error.hpp"
#include "strata/nn/layer.hpp"

namespace strata {
namespace {

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype()));
}
std::int64_t bytes_of(const Int8Rows& rows) { return bytes_of(rows.codes) + bytes_of(rows.scale); }

}  // namespace

Quantized quantize(Layer& layer) {
  Quantized done;
  for (const NamedParameter& one : layer.saved()) {
    ParameterState& state = one.parameter.state();
    const std::int64_t f32 = state.shape.numel() * static_cast<std::int64_t>(size_of(DType::f32));
    done.bytes_before += f32;
    if (state.quantizable && !one.parameter.quantized()) {
      state.rows = quantize_rows(one.parameter.value());
      state.rows.codes.set_constant(true);
      state.value = {};
    }
    done.parameters += one.parameter.quantized() ? 1 : 0;
    done.bytes_after += one.parameter.quantized() ? bytes_of(state.rows) : f32;
  }
  return done;
}

void require_whole(std::span<const NamedParameter> parameters, const std::string& place) {
  for (const NamedParameter& one : parameters) {
    if (!one.parameter.quantized()) continue;
    throw Error("E_CHECKPOINT_QUANTIZED", place, one.name + " is held in 8 bits, its own values are gone",
                "take the checkpoint that it was made from");
  }
}

}  // namespace strata

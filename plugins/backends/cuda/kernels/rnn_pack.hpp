// Tensors as cuDNN wants them: time first, weights gate by gate in one space; and back.
#pragma once

#include <array>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// [B,T,W] of any strides -> dense [T,B,W] of the same type; the last step first where `reverse`.
void to_time_major(const View& x, void* to, bool reverse, void* stream);
// The way back, into a dense tensor or added to it.
void from_time_major(const void* from, const View& y, bool reverse, bool adds, void* stream);

// Where the blocks of G gates begin in a weight space, in elements of `dtype`.
struct GateSpace {
  void* data;
  DType dtype;
  int gates;
  std::array<std::int64_t, 4> places;
};
// weight [G*H, I] or [G*H] of any strides, or its absence, which is zeros, into the space; `block`: elements of a gate.
void pack_gates(const View& weight, std::int64_t block, const GateSpace& space, void* stream);
// The way back, into a dense tensor or added to it.
void unpack_gates(const GateSpace& space, const View& weight, bool adds, void* stream);

// Any floating view into dense memory of `dtype`, and that into a view.
void pack(const View& from, void* to, DType dtype, void* stream);
void unpack(const void* from, DType dtype, const View& to, void* stream);
// `count` zeros.
void clear(void* to, DType dtype, std::int64_t count, void* stream);

}  // namespace strata::cuda

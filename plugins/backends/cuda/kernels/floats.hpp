// Floating elements whose type is known when compiled: a thread's loads are all under way at once, where `Elements`
// waits at the switch of each.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

struct BFloat16 {
  std::uint16_t bits;
};
struct Float16 {
  std::uint16_t bits;
};

STRATA_BOTH inline float widened(float x) { return x; }
STRATA_BOTH inline double widened(double x) { return x; }
STRATA_BOTH inline float widened(BFloat16 x) { return from_bf16(x.bits); }
STRATA_BOTH inline float widened(Float16 x) { return from_f16(x.bits); }
STRATA_BOTH inline void narrow(float x, float* to) { *to = x; }
STRATA_BOTH inline void narrow(double x, double* to) { *to = x; }
STRATA_BOTH inline void narrow(float x, BFloat16* to) { to->bits = to_bf16(x); }
STRATA_BOTH inline void narrow(float x, Float16* to) { to->bits = to_f16(x); }

// What elements of T are computed in.
template <class T>
using Compute = decltype(widened(T{}));

template <class T>
STRATA_BOTH T narrowed(Compute<T> x) {
  T to;
  narrow(x, &to);
  return to;
}

// Calls visit(T{}) with the type of a floating dtype's elements.
template <class Visit>
void with_floating(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::f64: return visit(double{});
    case DType::bf16: return visit(BFloat16{});
    case DType::f16: return visit(Float16{});
    default: visit(float{});
  }
}

}  // namespace strata::cuda

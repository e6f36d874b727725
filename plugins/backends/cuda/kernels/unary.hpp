// A function of one element, in packs where the tensors are dense.
#pragma once

#include "kernels/packs.hpp"

namespace strata::cuda {

template <class C, class F>
struct UnaryKernel {
  StridedLoop<2> walk;
  Elements x, y;
  F f;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[2];
    walk.at(i, at);
    y.store(at[1], f(x.load<C>(at[0])));
  }
};

template <class F>
struct PackedUnaryKernel {
  Packs<2> packs;
  F f;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    Eight values = packs.read(0, place);
    for (float& value : values.at) value = static_cast<float>(f(value));
    packs.write(1, place, values);
  }
};

template <class C, class F>
void unary_in(const KernelCall& call, const F& f) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  if constexpr (std::is_same_v<C, float>) {
    const Packs<2> packs(y, {&x, &y});
    if (packs.fits()) return each(packs.packs(), call.stream, "elementwise", PackedUnaryKernel<F>{packs, f});
  }
  const StridedLoop<2> walk(y, {&x, &y});
  each(walk.count, call.stream, "elementwise", UnaryKernel<C, F>{walk, elements_of(x), elements_of(y), f});
}
// Floating only.
template <class F>
void unary(const KernelCall& call) {
  if (call.inputs[0].dtype == DType::f64) return unary_in<double>(call, F{});
  unary_in<float>(call, F{});
}
}  // namespace strata::cuda

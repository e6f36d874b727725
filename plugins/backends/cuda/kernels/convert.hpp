// One tensor's elements into another of any dtype and strides, or added to what is there.
#pragma once

#include "kernels/dense.hpp"
#include "kernels/pack.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {

template <class C, bool kAdds>
struct ConvertKernel {
  StridedLoop<2> walk;
  Elements x, y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[2];
    walk.at(i, at);
    const C value = x.load<C>(at[0]);
    y.store(at[1], kAdds ? y.load<C>(at[1]) + value : value);
  }
};

// `x` is broadcast to y's shape; computed in what `in` computes in.
template <bool kAdds = false>
void convert(const View& x, const View& y, DType in, void* stream, const char* what) {
  const StridedLoop<2> walk(y, {&x, &y});
  with_compute(in, [&](auto c) {
    each(walk.count, stream, what, ConvertKernel<decltype(c), kAdds>{walk, elements_of(x), elements_of(y)});
  });
}

// The view itself where it is a matrix of this dtype, else a dense copy.
inline View rows_in(const View& view, DType dtype, Workspace* workspace, void* stream) {
  if (view.dtype == dtype && is_matrix(view)) return view;
  const View dense = dense_like(view, dtype, workspace);
  convert(view, dense, dtype, stream, "convert");
  return dense;
}

}  // namespace strata::cuda

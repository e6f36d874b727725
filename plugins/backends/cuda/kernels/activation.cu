// Activations: forward, and the gradient in one launch.
#include "kernels/activations.hpp"
#include "kernels/rows.hpp"
#include "kernels/unary.hpp"

namespace strata::cuda {
namespace {

template <class C, class F>
struct GradientKernel {
  StridedLoop<3> walk;
  Elements kept, g, dx;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[3];
    walk.at(i, at);
    dx.store(at[2], F{}.gradient(kept.load<C>(at[0]), g.load<C>(at[1])));
  }
};
template <class F>
struct PackedGradientKernel {
  Packs<3> packs;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    Eight values = packs.read(0, place);
    const Eight g = packs.read(1, place);
    for (int k = 0; k < kEight; ++k) values.at[k] = F{}.gradient(values.at[k], g.at[k]);
    packs.write(2, place, values);
  }
};

template <class F>
void gradient(const BackwardCall& call) {
  const View &kept = F::kKept == Kept::x ? call.inputs[0] : call.outputs[0], &g = call.output_gradients[0],
             &dx = call.input_gradients[0];
  if (!dx.present()) return;
  const Packs<3> packs(dx, {&kept, &g, &dx});
  if (packs.fits()) return each(packs.packs(), call.stream, "activation", PackedGradientKernel<F>{packs});
  const auto general = [&](auto c) {
    const StridedLoop<3> walk(dx, {&kept, &g, &dx});
    each(walk.count, call.stream, "activation",
         GradientKernel<decltype(c), F>{walk, elements_of(kept), elements_of(g), elements_of(dx)});
  };
  if (dx.dtype == DType::f64) return general(double{});
  general(float{});
}

template <class F>
KernelRow activation(const char* op) {
  KernelRow row = row_of(op, unary<F>);
  row.backward = gradient<F>;
  (F::kKept == Kept::x ? row.backward_reads_inputs : row.backward_reads_outputs) = 1;
  return row;
}

}  // namespace

void add_activation(Rows& rows) {
  rows.push_back(activation<Tanh>("tanh"));
  rows.push_back(activation<Sigmoid>("sigmoid"));
  rows.push_back(activation<Relu>("relu"));
  rows.push_back(activation<Gelu>("gelu"));
}

}  // namespace strata::cuda

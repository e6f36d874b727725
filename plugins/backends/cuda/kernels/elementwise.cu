// Functions of elements, in the type that their inputs compute in. A NaN stays one.
#include "kernels/functions.hpp"
#include "kernels/rows.hpp"
#include "kernels/unary.hpp"

namespace strata::cuda {
namespace {

template <class F>
void unary_any(const KernelCall& call) {
  with_compute(call.inputs[0].dtype, [&](auto c) { unary_in<decltype(c)>(call, F{}); });
}

template <class C, class F>
struct BinaryKernel {
  StridedLoop<3> walk;
  Elements a, b, y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[3];
    walk.at(i, at);
    y.store(at[2], F{}(a.load<C>(at[0]), b.load<C>(at[1])));
  }
};

template <class F>
struct PackedBinaryKernel {
  Packs<3> packs;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    Eight values = packs.read(0, place);
    const Eight others = packs.read(1, place);
    for (int k = 0; k < kEight; ++k) values.at[k] = static_cast<float>(F{}(values.at[k], others.at[k]));
    packs.write(2, place, values);
  }
};

template <class F>
void binary(const KernelCall& call) {
  const View &a = call.inputs[0], &b = call.inputs[1], &y = call.outputs[0];
  const bool wide = a.dtype == DType::f64 || b.dtype == DType::f64;
  const Packs<3> packs(y, {&a, &b, &y});
  if (packs.fits()) return each(packs.packs(), call.stream, "elementwise", PackedBinaryKernel<F>{packs});
  with_compute(wide ? DType::f64 : a.dtype, [&](auto c) {
    const StridedLoop<3> walk(y, {&a, &b, &y});
    each(walk.count, call.stream, "elementwise",
         BinaryKernel<decltype(c), F>{walk, elements_of(a), elements_of(b), elements_of(y)});
  });
}

template <class C>
struct Affine {
  C scale, shift;
  STRATA_BOTH C operator()(C x) const { return scale * x + shift; }
};

void affine(const KernelCall& call) {
  with_compute(call.inputs[0].dtype, [&](auto c) {
    using C = decltype(c);
    unary_in<C>(call, Affine<C>{static_cast<C>(call.attributes.number("scale")),
                                static_cast<C>(call.attributes.number("shift"))});
  });
}

template <class C>
struct WhereKernel {
  StridedLoop<4> walk;
  Elements condition, a, b, y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[4];
    walk.at(i, at);
    y.store(at[3], condition.load<std::int64_t>(at[0]) != 0 ? a.load<C>(at[1]) : b.load<C>(at[2]));
  }
};

struct PackedWhereKernel {
  Packs<4> packs;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    const Eight chosen = packs.read(0, place), others = packs.read(2, place);
    Eight values = packs.read(1, place);
    for (int k = 0; k < kEight; ++k) values.at[k] = chosen.at[k] != 0.0F ? values.at[k] : others.at[k];
    packs.write(3, place, values);
  }
};

void where(const KernelCall& call) {
  const View &condition = call.inputs[0], &a = call.inputs[1], &b = call.inputs[2], &y = call.outputs[0];
  const Packs<4> packs(y, {&condition, &a, &b, &y});
  if (packs.fits()) return each(packs.packs(), call.stream, "where", PackedWhereKernel{packs});
  with_compute(y.dtype, [&](auto c) {
    const StridedLoop<4> walk(y, {&condition, &a, &b, &y});
    each(walk.count, call.stream, "where",
         WhereKernel<decltype(c)>{walk, elements_of(condition), elements_of(a), elements_of(b), elements_of(y)});
  });
}

}  // namespace

void add_elementwise(Rows& rows) {
  rows.push_back(row_of("add", binary<Plus>));
  rows.push_back(row_of("sub", binary<Sub>));
  rows.push_back(row_of("mul", binary<Mul>));
  rows.push_back(row_of("div", binary<Div>));
  rows.push_back(row_of("maximum", binary<Maximum>));
  rows.push_back(row_of("minimum", binary<Minimum>));
  rows.push_back(row_of("equal", binary<Equal>));
  rows.push_back(row_of("less", binary<Less>));
  rows.push_back(row_of("less_equal", binary<LessEqual>));
  rows.push_back(row_of("logical_and", binary<And>));
  rows.push_back(row_of("logical_not", unary_any<Not>));
  rows.push_back(row_of("neg", unary_any<Neg>));
  rows.push_back(row_of("abs", unary_any<Abs>));
  rows.push_back(row_of("affine", affine));
  rows.push_back(row_of("exp", unary<Exp>));
  rows.push_back(row_of("log", unary<Log>));
  rows.push_back(row_of("sqrt", unary<Sqrt>));
  rows.push_back(row_of("erf", unary<Erf>));
  rows.push_back(row_of("sin", unary<Sin>));
  rows.push_back(row_of("cos", unary<Cos>));
  rows.push_back(row_of("round", unary<Round>));
  rows.push_back(row_of("where", where));
}

}  // namespace strata::cuda

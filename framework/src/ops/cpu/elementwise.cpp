// Plain loops of the elementwise primitives.
#include <cmath>

#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"

namespace strata::detail {
namespace {

template <class C, class F>
void unary_in(const KernelCall& call, const F& f) {
  const View x = as_compute<C>(call.inputs[0], call.workspace);
  const View y = compute_target<C>(call.outputs[0], call.workspace);
  const StridedLoop<2> walk(y, {&x, &y});
  walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
    const C* from = x.as<C>() + at[0];
    C* to = y.as<C>() + at[1];
    for (std::int64_t i = 0; i < count; ++i) to[i * walk.inner[1]] = static_cast<C>(f(from[i * walk.inner[0]]));
  });
  finish(y, call.outputs[0]);
}

template <class C, class F>
void binary_in(const KernelCall& call, const F& f) {
  const View a = as_compute<C>(call.inputs[0], call.workspace), b = as_compute<C>(call.inputs[1], call.workspace);
  const View y = compute_target<C>(call.outputs[0], call.workspace);
  const StridedLoop<3> walk(y, {&a, &b, &y});
  walk.run([&](const std::array<std::int64_t, 3>& at, std::int64_t count) {
    const C* left = a.as<C>() + at[0];
    const C* right = b.as<C>() + at[1];
    C* to = y.as<C>() + at[2];
    for (std::int64_t i = 0; i < count; ++i) {
      to[i * walk.inner[2]] = static_cast<C>(f(left[i * walk.inner[0]], right[i * walk.inner[1]]));
    }
  });
  finish(y, call.outputs[0]);
}

// Floating only.
template <class F>
void unary(const KernelCall& call) {
  if (call.inputs[0].dtype == DType::f64) return unary_in<double>(call, F{});
  unary_in<float>(call, F{});
}
// Any type.
template <class F>
void unary_any(const KernelCall& call) {
  with_compute(call.inputs[0].dtype, [&](auto c) { unary_in<decltype(c)>(call, F{}); });
}
template <class F>
void binary(const KernelCall& call) {
  const bool wide = call.inputs[0].dtype == DType::f64 || call.inputs[1].dtype == DType::f64;
  with_compute(wide ? DType::f64 : call.inputs[0].dtype, [&](auto c) { binary_in<decltype(c)>(call, F{}); });
}

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
};
struct Sub {
  template <class T>
  T operator()(T a, T b) const {
    return a - b;
  }
};
struct Mul {
  template <class T>
  T operator()(T a, T b) const {
    return a * b;
  }
};
struct Div {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      return b == 0 ? T{0} : a / b;  // an integer division by zero must not end the process
    } else {
      return a / b;
    }
  }
};
// A NaN on either side stays.
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return b <= a || is_nan(a) ? a : b;
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return a <= b || is_nan(a) ? a : b;
  }
};
struct Equal {
  template <class T>
  int operator()(T a, T b) const {
    return a == b;
  }
};
struct Less {
  template <class T>
  int operator()(T a, T b) const {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  int operator()(T a, T b) const {
    return a <= b;
  }
};
struct And {
  template <class T>
  int operator()(T a, T b) const {
    return a != T{0} && b != T{0};
  }
};
struct Not {
  template <class T>
  int operator()(T a) const {
    return a == T{0};
  }
};
struct Neg {
  template <class T>
  T operator()(T x) const {
    return -x;
  }
};
struct Abs {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? -x : x;
  }
};
struct Same {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};
struct ToBool {
  template <class T>
  int operator()(T x) const {
    return x != T{0};
  }
};
struct Sigmoid {
  template <class T>
  T operator()(T x) const {
    return T{1} / (T{1} + std::exp(-x));
  }
};
struct Relu {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? T{0} : x;
  }
};
#define STRATA_MATH(Name, function) \
  struct Name {                     \
    template <class T>              \
    T operator()(T x) const {       \
      return std::function(x);      \
    }                               \
  }
STRATA_MATH(Exp, exp);
STRATA_MATH(Log, log);
STRATA_MATH(Sqrt, sqrt);
STRATA_MATH(Erf, erf);
STRATA_MATH(Sin, sin);
STRATA_MATH(Cos, cos);
STRATA_MATH(Tanh, tanh);
STRATA_MATH(Round, nearbyint);
#undef STRATA_MATH

void affine(const KernelCall& call) {
  const double scale = call.attributes.number("scale"), shift = call.attributes.number("shift");
  with_compute(call.inputs[0].dtype, [&](auto c) {
    using C = decltype(c);
    const C by = static_cast<C>(scale), plus = static_cast<C>(shift);
    unary_in<C>(call, [by, plus](C x) { return by * x + plus; });
  });
}

void cast(const KernelCall& call) {
  if (call.outputs[0].dtype == DType::boolean) return unary_any<ToBool>(call);
  unary_any<Same>(call);
}

void where(const KernelCall& call) {
  const View& condition = call.inputs[0];
  with_compute(call.outputs[0].dtype, [&](auto c) {
    using C = decltype(c);
    const View a = as_compute<C>(call.inputs[1], call.workspace), b = as_compute<C>(call.inputs[2], call.workspace);
    const View y = compute_target<C>(call.outputs[0], call.workspace);
    const StridedLoop<4> walk(y, {&condition, &a, &b, &y});
    walk.run([&](const std::array<std::int64_t, 4>& at, std::int64_t count) {
      const auto* keep = condition.as<std::uint8_t>() + at[0];
      for (std::int64_t i = 0; i < count; ++i) {
        y.as<C>()[at[3] + i * walk.inner[3]] =
            keep[i * walk.inner[0]] != 0 ? a.as<C>()[at[1] + i * walk.inner[1]] : b.as<C>()[at[2] + i * walk.inner[2]];
      }
    });
    finish(y, call.outputs[0]);
  });
}

}  // namespace

void add_plain_elementwise(KernelRows& rows) {
  rows.push_back(plain_row("add", binary<Add>));
  rows.push_back(plain_row("sub", binary<Sub>));
  rows.push_back(plain_row("mul", binary<Mul>));
  rows.push_back(plain_row("div", binary<Div>));
  rows.push_back(plain_row("maximum", binary<Maximum>));
  rows.push_back(plain_row("minimum", binary<Minimum>));
  rows.push_back(plain_row("equal", binary<Equal>));
  rows.push_back(plain_row("less", binary<Less>));
  rows.push_back(plain_row("less_equal", binary<LessEqual>));
  rows.push_back(plain_row("logical_and", binary<And>));
  rows.push_back(plain_row("logical_not", unary_any<Not>));
  rows.push_back(plain_row("neg", unary_any<Neg>));
  rows.push_back(plain_row("abs", unary_any<Abs>));
  rows.push_back(plain_row("affine", affine));
  rows.push_back(plain_row("exp", unary<Exp>));
  rows.push_back(plain_row("log", unary<Log>));
  rows.push_back(plain_row("sqrt", unary<Sqrt>));
  rows.push_back(plain_row("erf", unary<Erf>));
  rows.push_back(plain_row("sin", unary<Sin>));
  rows.push_back(plain_row("cos", unary<Cos>));
  rows.push_back(plain_row("tanh", unary<Tanh>));
  rows.push_back(plain_row("sigmoid", unary<Sigmoid>));
  rows.push_back(plain_row("relu", unary<Relu>));
  rows.push_back(plain_row("round", unary<Round>));
  rows.push_back(plain_row("where", where));
  rows.push_back(plain_row("cast", cast));
}

}  // namespace strata::detail

// Elementwise loops: conversions, unary and binary functions, gradients of activations.
#include "math.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

constexpr float kGeluSlope = 0.79788456080286536F, kGeluCube = 0.044715F * kGeluSlope;  // sqrt(2 / pi)

template <class From, class To>
void convert(const void* from, void* to, std::int64_t n) {
  const auto* x = static_cast<const From*>(from);
  auto* y = static_cast<To*>(to);
  sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, get(x + i, count), count); });
}

// erf by exp and a rational function of Abramowitz and Stegun 7.1.26 would be good to 1.5e-7 only in absolute terms,
// which is what gelu needs: x * Phi(x) multiplies it by x.
STRATA_INLINE Floats erf(Floats x) {
  const Floats magnitude = x < 0.0F ? -x : x;
  const Floats t = 1.0F / (magnitude * 0.3275911F + 1.0F);
  Floats p = t * 1.061405429F + -1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t + -0.284496736F;
  p = p * t + 0.254829592F;
  const Floats y = 1.0F - p * t * exp_negative(-(x * x));
  return x < 0.0F ? -y : y;
}

template <Unary kOp>
STRATA_INLINE Floats apply(Floats x) {
  if constexpr (kOp == Unary::neg) return -x;
  if constexpr (kOp == Unary::abs) return floats_of(bits_of(x) & 0x7FFFFFFFU);
  if constexpr (kOp == Unary::exp) return exp(x);
  if constexpr (kOp == Unary::log) return log(x);
  if constexpr (kOp == Unary::sqrt) return root(x);
  if constexpr (kOp == Unary::tanh) return tanh(x);
  if constexpr (kOp == Unary::sigmoid) return sigmoid(x);
  if constexpr (kOp == Unary::relu) return x < 0.0F ? Floats{} : x;
  if constexpr (kOp == Unary::gelu) return x * 0.5F * (1.0F + erf(x * 0.70710678118654752F));
  if constexpr (kOp == Unary::gelu_tanh) return x * 0.5F * (1.0F + tanh(x * (kGeluSlope + kGeluCube * x * x)));
  if constexpr (kOp == Unary::silu) return x * sigmoid(x);
  if constexpr (kOp == Unary::elu) {
    // e^x - 1 as 2^n (e^r - 1) + (2^n - 1)
    const Reduced v = reduce_exponent(smaller(larger(broadcast(-87.0F), x), Floats{}));
    const Floats scale = floats_of((v.n << 23) + 0x3F800000U);
    return x > 0.0F ? x : scale * expm1_reduced(v.r) + (scale - 1.0F);
  }
}

template <Unary kOp, class T>
void unary(const void* from, void* to, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, apply<kOp>(get(x + i, count)), count); });
}

template <Binary kOp>
STRATA_INLINE Floats apply(Floats a, Floats b) {
  if constexpr (kOp == Binary::add) return a + b;
  if constexpr (kOp == Binary::sub) return a - b;
  if constexpr (kOp == Binary::mul) return a * b;
  if constexpr (kOp == Binary::div) return a / b;
  if constexpr (kOp == Binary::maximum) return ((a >= b) | (a != a)) ? a : b;
  if constexpr (kOp == Binary::minimum) return ((a <= b) | (a != a)) ? a : b;
}

template <class A, class B>
struct Result {
  using type = float;
};
template <>
struct Result<Half, Half> {
  using type = Half;
};

template <Binary kOp, class A, class B>
void binary(const void* left, int a_step, const void* right, int b_step, void* to, std::int64_t n) {
  const auto* a = static_cast<const A*>(left);
  const auto* b = static_cast<const B*>(right);
  auto* y = static_cast<typename Result<A, B>::type*>(to);
  if (a_step != 0 && b_step != 0) {
    sweep(n, [&](std::int64_t i, std::int64_t count) {
      put(y + i, apply<kOp>(get(a + i, count), get(b + i, count, 1)), count);
    });
  } else if (a_step != 0) {
    const Floats only = broadcast(load_one(b));
    sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, apply<kOp>(get(a + i, count), only), count); });
  } else {
    const Floats only = broadcast(load_one(a)), other = broadcast(b_step != 0 ? 1.0F : load_one(b));
    sweep(n, [&](std::int64_t i, std::int64_t count) {
      put(y + i, apply<kOp>(only, b_step != 0 ? get(b + i, count, 1) : other), count);
    });
  }
}

template <class T>
void affine(const void* from, float scale, float shift, void* to, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, get(x + i, count) * scale + shift, count); });
}

template <class To, class T>
void add_into(void* into, const void* from, std::int64_t n) {
  auto* y = static_cast<To*>(into);
  const auto* x = static_cast<const T*>(from);
  sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, get(y + i, count) + get(x + i, count), count); });
}

template <Unary kOp, class T>
void gradient(const void* result, const void* output_gradient, void* input_gradient, std::int64_t n) {
  const auto* y = static_cast<const T*>(result);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(input_gradient);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats value = get(y + i, count), g = get(dy + i, count);
    if constexpr (kOp == Unary::tanh) put(dx + i, g - g * value * value, count);
    if constexpr (kOp == Unary::sigmoid) put(dx + i, g * (value - value * value), count);
    if constexpr (kOp == Unary::relu) put(dx + i, value > 0.0F ? g : Floats{}, count);
  });
}

template <class T>
void gelu_gradient(const void* argument, const void* output_gradient, void* input_gradient, std::int64_t n) {
  const auto* x = static_cast<const T*>(argument);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(input_gradient);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats v = get(x + i, count);
    const Floats cdf = 0.5F * (1.0F + erf(v * 0.70710678118654752F)), pdf = exp_negative(v * v * -0.5F) * 0.398942280F;
    put(dx + i, get(dy + i, count) * (cdf + v * pdf), count);
  });
}

template <class T>
void gelu_tanh_gradient(const void* argument, const void* output_gradient, void* input_gradient, std::int64_t n) {
  const auto* x = static_cast<const T*>(argument);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(input_gradient);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats v = get(x + i, count), t = tanh(v * (kGeluSlope + kGeluCube * v * v));
    const Floats slope = v * (0.5F - 0.5F * t * t) * (kGeluSlope + 3.0F * kGeluCube * v * v);
    put(dx + i, get(dy + i, count) * (0.5F + 0.5F * t + slope), count);
  });
}

template <class T>
void silu_gradient(const void* argument, const void* output_gradient, void* input_gradient, std::int64_t n) {
  const auto* x = static_cast<const T*>(argument);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(input_gradient);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats v = get(x + i, count), s = sigmoid(v);
    put(dx + i, get(dy + i, count) * (s + v * (s - s * s)), count);
  });
}

template <Unary kOp>
void fill_unary(VectorTable& table) {
  table.unary[static_cast<int>(kOp)][0] = unary<kOp, float>;
  table.unary[static_cast<int>(kOp)][1] = unary<kOp, Half>;
}

template <Binary kOp>
void fill_binary(VectorTable& table) {
  auto& row = table.binary[static_cast<int>(kOp)];
  row[0][0] = binary<kOp, float, float>;
  row[0][1] = binary<kOp, float, Half>;
  row[1][0] = binary<kOp, Half, float>;
  row[1][1] = binary<kOp, Half, Half>;
}

}  // namespace

void fill_elementwise(VectorTable& table) {
  table.convert[0][0] = convert<float, float>;
  table.convert[0][1] = convert<float, Half>;
  table.convert[1][0] = convert<Half, float>;
  table.convert[1][1] = convert<Half, Half>;
  fill_unary<Unary::neg>(table);
  fill_unary<Unary::abs>(table);
  fill_unary<Unary::exp>(table);
  fill_unary<Unary::log>(table);
  fill_unary<Unary::sqrt>(table);
  fill_unary<Unary::tanh>(table);
  fill_unary<Unary::sigmoid>(table);
  fill_unary<Unary::relu>(table);
  fill_unary<Unary::gelu>(table);
  fill_unary<Unary::gelu_tanh>(table);
  fill_unary<Unary::silu>(table);
  fill_unary<Unary::elu>(table);
  fill_binary<Binary::add>(table);
  fill_binary<Binary::sub>(table);
  fill_binary<Binary::mul>(table);
  fill_binary<Binary::div>(table);
  fill_binary<Binary::maximum>(table);
  fill_binary<Binary::minimum>(table);
  table.affine[0] = affine<float>;
  table.affine[1] = affine<Half>;
  table.add_into[0][0] = add_into<float, float>;
  table.add_into[0][1] = add_into<float, Half>;
  table.add_into[1][0] = add_into<Half, float>;
  table.add_into[1][1] = add_into<Half, Half>;
  table.tanh_gradient[0] = gradient<Unary::tanh, float>;
  table.tanh_gradient[1] = gradient<Unary::tanh, Half>;
  table.sigmoid_gradient[0] = gradient<Unary::sigmoid, float>;
  table.sigmoid_gradient[1] = gradient<Unary::sigmoid, Half>;
  table.relu_gradient[0] = gradient<Unary::relu, float>;
  table.relu_gradient[1] = gradient<Unary::relu, Half>;
  table.gelu_gradient[0] = gelu_gradient<float>;
  table.gelu_gradient[1] = gelu_gradient<Half>;
  table.gelu_tanh_gradient[0] = gelu_tanh_gradient<float>;
  table.gelu_tanh_gradient[1] = gelu_tanh_gradient<Half>;
  table.silu_gradient[0] = silu_gradient<float>;
  table.silu_gradient[1] = silu_gradient<Half>;
}

}  // namespace strata::onednn::STRATA_ISA

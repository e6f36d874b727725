// Cases of the elementwise ops: broadcasts, odd sizes that leave a vector's tail, single elements, integers.
#include "check/kernel/cases.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata::detail::conformance {
namespace {

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);

void unary(Cases& cases, const char* op, Unary f, double low = -3, double high = 3) {
  Values random(101);
  const auto run = [f](std::span<const Tensor> in, DType) { return Tensors{f(in[0])}; };
  cases.push_back({op, "[3,37]", {random.data({3, 37}, low, high)}, run});
  cases.push_back({op, "one element", {random.data({1}, low, high)}, run});
  cases.push_back({op, "[2,1,3,5]", {random.data({2, 1, 3, 5}, low, high)}, run});
  cases.push_back({op, "[2,16]", {random.data({2, 16}, low, high)}, run});
  cases.push_back({op, "[7,333]", {random.data({7, 333}, low, high)}, run, 1, false});
}

void integer_binary(Cases& cases, const char* op, Binary f) {
  const auto run = [f](std::span<const Tensor> in, DType) { return Tensors{f(in[0], in[1])}; };
  cases.push_back({op, "i64", {Values::integers({7, -7, 3, 0, 9, 2}, {2, 3}), Values::integers({2, 3, 0}, {3})}, run});
}

void binary(Cases& cases, const char* op, Binary f) {
  Values random(102);
  const auto operand = [&](const Shape& shape) { return random.away_from_zero(shape); };
  const auto run = [f](std::span<const Tensor> in, DType) { return Tensors{f(in[0], in[1])}; };
  cases.push_back({op, "same shape", {operand({3, 37}), operand({3, 37})}, run});
  cases.push_back({op, "scalar", {operand({5, 3}), operand({})}, run});
  cases.push_back({op, "row", {operand({2, 3, 5}), operand({5})}, run});
  cases.push_back({op, "column first", {operand({3, 1}), operand({2, 3, 5})}, run});
  cases.push_back({op, "row of 24", {operand({2, 3, 24}), operand({24})}, run});
  cases.push_back({op, "column of 24", {operand({2, 3, 24}), operand({3, 1})}, run});
  cases.push_back({op, "outer of 8", {operand({2, 1, 8}), operand({3, 1})}, run});
  cases.push_back({op, "outer", {operand({4, 1, 3}), operand({5, 1})}, run});
  cases.push_back({op, "f32 beside it", {operand({3, 9}), random.weight({9}, 0.2, 0.9)}, run});
  cases.push_back({op, "large", {operand({9, 301}), operand({301})}, run, 1, false});
  integer_binary(cases, op, f);
}

void predicates(Cases& cases) {
  Values random(103);
  const struct {
    const char* op;
    Binary f;
  } all[] = {{"equal", equal}, {"less", less}, {"less_equal", less_equal}};
  for (const auto& [op, f] : all) {
    const auto function = f;
    const auto run = [function](std::span<const Tensor> in, DType) { return Tensors{function(in[0], in[1])}; };
    const Input a = random.data({4, 9});
    Input b = random.data({4, 9});
    b.value = where(random.mask({4, 9}).value, a.value, b.value);  // with equal elements
    cases.push_back({op, "same shape", {a, b}, run});
    cases.push_back({op, "scalar", {a, random.data({})}, run});
    integer_binary(cases, op, function);
  }
  const auto both = [](std::span<const Tensor> in, DType) { return Tensors{logical_and(in[0], in[1])}; };
  const auto inverse = [](std::span<const Tensor> in, DType) { return Tensors{logical_not(in[0])}; };
  cases.push_back({"logical_and", "broadcast", {random.mask({4, 9}), random.mask({9})}, both});
  cases.push_back({"logical_not", "[4,9]", {random.mask({4, 9})}, inverse});
}

void choices(Cases& cases) {
  Values random(104);
  const auto run = [](std::span<const Tensor> in, DType) { return Tensors{where(in[0], in[1], in[2])}; };
  cases.push_back({"where", "same shape", {random.mask({4, 9}), random.data({4, 9}), random.data({4, 9})}, run});
  cases.push_back({"where", "column condition", {random.mask({4, 1}), random.data({4, 9}), random.data({4, 9})}, run});
  cases.push_back({"where", "[4,24]", {random.mask({4, 24}), random.data({4, 24}), random.data({24})}, run});
  cases.push_back({"where", "scalar branch", {random.mask({2, 4, 9}), random.data({4, 9}), random.data({})}, run});
  const auto integers = [](std::span<const Tensor> in, DType) { return Tensors{where(in[0], in[1], in[2])}; };
  cases.push_back({"where", "i64", {random.mask({4}), random.indices({4}, 9), random.indices({}, 9)}, integers});
}

// Exact: the inputs lie on the grid of the tested type, and both sides round to the target's in the same way.
void conversions(Cases& cases) {
  Values random(105);
  for (const DType to : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::boolean}) {
    const auto run = [to](std::span<const Tensor> in, DType) {
      const DType other = to == DType::f32 ? DType::f64 : DType::f32;  // a cast to its own type would run nothing
      return Tensors{cast(in[0], in[0].dtype() == to ? other : to)};
    };
    Case one{"cast", std::string("to ") + name_of(to), {random.data({5, 7}, -9, 9)}, run};
    one.differences = false;  // not in f64 throughout
    one.amplification = 0;
    cases.push_back(one);
    cases.push_back({"cast", std::string("i64 to ") + name_of(to), {random.indices({5, 7}, 9)}, run});
  }
}

}  // namespace

void add_elementwise(Cases& cases) {
  binary(cases, "add", add);
  binary(cases, "sub", sub);
  binary(cases, "mul", mul);
  binary(cases, "div", div);
  binary(cases, "maximum", maximum);
  binary(cases, "minimum", minimum);
  unary(cases, "neg", neg);
  unary(cases, "abs", abs);
  unary(cases, "exp", exp);
  unary(cases, "log", log, 0.2, 3);
  unary(cases, "sqrt", sqrt, 0.2, 3);
  unary(cases, "erf", erf);
  unary(cases, "sin", sin);
  unary(cases, "cos", cos);
  unary(cases, "tanh", tanh, -2, 2);
  unary(cases, "sigmoid", sigmoid, -2, 2);
  unary(cases, "relu", relu);
  unary(cases, "gelu", gelu);
  unary(cases, "gelu_tanh", gelu_tanh);
  unary(cases, "silu", silu);
  unary(cases, "elu", elu);
  unary(cases, "round", round, -4, 4);
  unary(cases, "affine", [](const Tensor& x) { return affine(x, 1.5, -0.25); });
  predicates(cases);
  choices(cases);
  conversions(cases);
}

}  // namespace strata::detail::conformance

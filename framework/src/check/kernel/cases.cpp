// The list of all cases, and the values they are made of.
#include "check/kernel/cases.hpp"

#include <algorithm>

#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail::conformance {
namespace {

std::size_t count_of(const Shape& shape) { return static_cast<std::size_t>(shape.numel()); }

}  // namespace

Input Values::data(const Shape& shape, double low, double high) {
  std::vector<double> values(count_of(shape));
  for (double& value : values) value = low + (high - low) * unit();
  return {Tensor::from(values, shape), Kind::data};
}

Input Values::away_from_zero(const Shape& shape) {
  std::vector<double> values(count_of(shape));
  for (double& value : values) {
    const double u = 2 * unit() - 1;
    value = u < 0 ? 0.9 * u - 0.1 : 0.9 * u + 0.1;
  }
  return {Tensor::from(values, shape), Kind::data};
}

Input Values::weight(const Shape& shape, double low, double high) {
  return {data(shape, low, high).value, Kind::weight};
}

Input Values::indices(const Shape& shape, std::int64_t bound) {
  std::vector<std::int64_t> values(count_of(shape));
  for (std::int64_t& value : values) value = static_cast<std::int64_t>(unit() * static_cast<double>(bound));
  return integers(values, shape);
}

Input Values::mask(const Shape& shape) {
  std::vector<int> values(count_of(shape));
  for (int& value : values) value = unit() < 0.6 ? 1 : 0;
  return bools(values, shape);
}

Input Values::integers(const std::vector<std::int64_t>& values, const Shape& shape) {
  return {Tensor::from(values, shape), Kind::fixed};
}

Input Values::bools(const std::vector<int>& values, const Shape& shape) {
  const std::vector<std::uint8_t> bytes(values.begin(), values.end());
  return {cast(Tensor::from(bytes, shape), DType::boolean), Kind::fixed};
}

const Cases& builtin_cases() {
  static const Cases cases = [] {
    const ContextScope scope;
    context().kernels = {{"*", "plain"}};  // not by what is to be tested
    Cases all;
    add_elementwise(all);
    add_matrix(all);
    add_reduce(all);
    add_shape(all);
    add_rows(all);
    add_recurrent(all);
    add_attention(all);
    add_update(all);
    return all;
  }();
  return cases;
}

Cases cases_of(const Op& op, std::int64_t seed) {
  Cases own;
  for (const Case& one : builtin_cases()) {
    if (one.op == std::string_view(op.name)) own.push_back(one);
  }
  return own.empty() ? cases_of_examples(op, seed) : own;
}

bool has_data(const Case& one) {
  return std::any_of(one.inputs.begin(), one.inputs.end(),
                     [](const Input& input) { return input.value.defined() && input.kind != Kind::fixed; });
}

}  // namespace strata::detail::conformance

// Cases of the matrix product: odd sizes, single rows and columns, batches, broadcasts, a sum long enough to split.
#include "check/kernel/cases.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"

namespace strata::detail::conformance {

void add_matrix(Cases& cases) {
  Values random(201);
  const auto run = [](std::span<const Tensor> in, DType) { return Tensors{matmul(in[0], in[1])}; };
  const auto add = [&](const char* title, const Shape& a, const Shape& b, bool differences = true) {
    cases.push_back({"matmul", title, {random.data(a), random.data(b)}, run, 1, differences});
  };
  add("[3,5] x [5,7]", {3, 5}, {5, 7});
  add("one row", {1, 9}, {9, 4});
  add("one column", {4, 9}, {9, 1});
  add("one term", {4, 1}, {1, 3});
  add("one element", {1, 1}, {1, 1});
  add("batched", {2, 3, 4, 5}, {2, 3, 5, 2});
  add("right broadcast", {2, 3, 5}, {5, 4});
  add("left broadcast", {3, 5}, {2, 5, 4});
  add("both broadcast", {2, 1, 3, 5}, {4, 5, 2});
  add("a sum of 300", {35, 300}, {300, 18}, false);
  const auto transposed = [](std::span<const Tensor> in, DType) { return Tensors{matmul(in[0], transpose(in[1]))}; };
  cases.push_back({"matmul", "right transposed", {random.data({3, 5}), random.data({7, 5})}, transposed});
  const auto left = [](std::span<const Tensor> in, DType) { return Tensors{matmul(transpose(in[0]), in[1])}; };
  cases.push_back({"matmul", "left transposed", {random.data({2, 5, 3}), random.data({2, 5, 7})}, left});
  cases.push_back({"matmul", "f32 beside it", {random.data({3, 5}), random.weight({5, 7})}, run});
}

}  // namespace strata::detail::conformance

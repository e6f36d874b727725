// Cases of the reductions: single axes, several, all, kept or gone; ties; integers.
#include "check/kernel/cases.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"

namespace strata::detail::conformance {
namespace {

void sums(Cases& cases) {
  Values random(301);
  const auto add = [&](const char* title, const Shape& shape, const Shape& axes, bool keep, bool differences = true) {
    const auto run = [axes, keep](std::span<const Tensor> in, DType) { return Tensors{sum(in[0], axes, keep)}; };
    cases.push_back({"sum", title, {random.data(shape)}, run, 1, differences});
  };
  add("last axis", {4, 37}, {-1}, false);
  add("first axis", {5, 9}, {0}, true);
  add("middle axis", {3, 4, 5}, {1}, false);
  add("outer axes", {3, 4, 5}, {0, 2}, true);
  add("all", {3, 4, 5}, {0, 1, 2}, false);
  add("one element", {1}, {0}, false);
  add("no axis", {3, 2}, {}, false);
  add("long rows", {3, 1031}, {1}, false, false);
  add("many rows", {515, 17}, {0}, false, false);
  add("rows of 33", {7, 33}, {1}, false, false);
  add("first axis of 70", {131, 70}, {0}, false, false);
  add("middle axis before 40", {3, 21, 40}, {1}, true, false);
  add("leading axes before 33", {5, 13, 33}, {0, 1}, false, false);
  add("a long row", {2, 16400}, {1}, false, false);
  const auto all = [](std::span<const Tensor> in, DType) { return Tensors{sum(in[0])}; };
  cases.push_back({"sum", "i64", {random.indices({5, 7}, 100)}, all});
  cases.push_back({"sum", "bool", {random.mask({5, 7})}, all});
}

void extrema(Cases& cases) {
  Values random(302);
  const auto add = [&](const char* title, const Input& x, int axis, bool differences = true) {
    const auto run = [axis](std::span<const Tensor> in, DType) {
      return Tensors{max(in[0], axis), argmax(in[0], axis)};
    };
    cases.push_back({"max", title, {x}, run, 1, differences});
  };
  add("last axis", random.data({4, 37}), -1);
  add("first axis", random.data({5, 9}), 0);
  add("middle axis", random.data({3, 4, 5}), 1);
  add("one element", random.data({3, 1}), 1);
  add("ties: the first of equals", {Tensor::from(std::vector<double>{1, 3, 3, 2, -1, -1, -2, -1}, {2, 4}), Kind::data},
      1, false);
  add("i64", random.indices({5, 9}, 4), 1);
}

void tops(Cases& cases) {
  Values random(303);
  const auto add = [&](const char* title, const Input& x, int k) {
    const auto run = [k](std::span<const Tensor> in, DType) {
      const TopK best = topk(in[0], k);
      return Tensors{best.values, best.indices};
    };
    cases.push_back({"topk", title, {x}, run});
  };
  add("3 of 37", random.data({4, 37}), 3);
  add("all", random.data({2, 5}), 5);
  add("1 of 1", random.data({1}), 1);
  add("ties: in order of index", {Tensor::from(std::vector<double>{1, 3, 3, 2, 3, 1}, {1, 6}), Kind::data}, 5);
  add("7 of 1,031", random.data({3, 1031}), 7);
  add("64 of 70", random.data({2, 70}), 64);
  add("40 of 300 with ties", random.indices({3, 300}, 9), 40);
  // The largest in the order in which a thread reads its own: each is the one that it has to forget.
  std::vector<double> rising(2000);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<double>(i % 256 == 7 ? i : i / 8) / 2000;
  add("most of them are one thread's", {Tensor::from(rising, {1, 2000}), Kind::data}, 12);
}

void top_rows(Cases& cases) {
  Values random(304);
  const auto add = [&](const char* title, const Input& x, int k) {
    const auto run = [k](std::span<const Tensor> in, DType) {
      const TopLogits best = top_logits(in[0], k);
      return Tensors{best.values, best.indices, best.log_sum};
    };
    cases.push_back({"top_logits", title, {x}, run});
  };
  add("3 of 37", random.data({4, 37}, -4, 4), 3);
  add("1 of 1", random.data({2, 1}), 1);
  add("all of 5", random.data({2, 3, 5}), 5);
  add("14 of 1,031, far apart", random.data({5, 1031}, -30, 30), 14);
  add("ties", {Tensor::from(std::vector<double>{1, 3, 3, 2, 3, 1}, {1, 6}), Kind::data}, 5);
}

}  // namespace

void add_reduce(Cases& cases) {
  sums(cases);
  extrema(cases);
  tops(cases);
  top_rows(cases);
}

}  // namespace strata::detail::conformance

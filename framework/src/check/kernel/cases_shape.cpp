// Cases of the ops on geometry. Views have no kernel: what they must give is computed here, by index.
#include "check/kernel/cases.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"

namespace strata::detail::conformance {
namespace {

// Values of [a,b,c] picked by loops over an output of any shape: at(i, j, k) of the source.
class Source {
 public:
  explicit Source(const Tensor& x) : values_(x.to_doubles()), b_(x.size(1)), c_(x.size(2)) {}
  double at(std::int64_t i, std::int64_t j, std::int64_t k) const {
    return values_[static_cast<std::size_t>((i * b_ + j) * c_ + k)];
  }

 private:
  std::vector<double> values_;
  std::int64_t b_, c_;
};

// The input's values are multiples of 1/64, which every type holds: expected values are then exact.
Input exact(Values& random, const Shape& shape) {
  Input input = random.data(shape);
  auto* values = input.value.data<double>();
  for (std::int64_t i = 0; i < input.value.numel(); ++i)
    values[i] = static_cast<double>(static_cast<int>(values[i] * 64)) / 64;
  return input;
}

void views(Cases& cases) {
  Values random(401);
  const Input x = exact(random, {2, 3, 4});
  const Source source(x.value);
  const auto add = [&](const char* op, std::function<Tensors(const Tensor&)> f,
                       std::vector<std::vector<double>> expected) {
    const auto run = [f = std::move(f)](std::span<const Tensor> in, DType) { return f(in[0]); };
    Case one{op, "[2,3,4]", {x}, run};
    one.expected = std::move(expected);
    cases.push_back(one);
  };
  std::vector<double> all, permuted, sliced, selected, expanded;
  std::vector<std::vector<double>> parts(3);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 4; ++k) {
        all.push_back(source.at(i, j, k));
        if (k >= 1 && k < 3) sliced.push_back(source.at(i, j, k));
        if (j == 2) selected.push_back(source.at(i, j, k));
        parts[static_cast<std::size_t>(j)].push_back(source.at(i, j, k));
      }
    }
  }
  for (int k = 0; k < 4; ++k) {
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 3; ++j) permuted.push_back(source.at(i, j, k));
    }
  }
  for (int copy = 0; copy < 2; ++copy) expanded.insert(expanded.end(), all.begin(), all.end());
  add("reshape", [](const Tensor& t) { return Tensors{reshape(t, {4, -1})}; }, {all});
  add("permute", [](const Tensor& t) { return Tensors{permute(t, {2, 0, 1})}; }, {permuted});
  add("slice", [](const Tensor& t) { return Tensors{slice(t, -1, 1, 3)}; }, {sliced});
  add("select", [](const Tensor& t) { return Tensors{select(t, 1, 2)}; }, {selected});
  add(
      "unbind", [](const Tensor& t) { return unbind(t, 1); }, parts);
  add("expand", [](const Tensor& t) { return Tensors{expand(t, {2, 2, 3, 4})}; }, {expanded});
}

void copies(Cases& cases) {
  Values random(402);
  const auto join = [](int axis) {
    return [axis](std::span<const Tensor> in, DType) { return Tensors{concat(Tensors(in.begin(), in.end()), axis)}; };
  };
  cases.push_back({"concat", "last axis", {random.data({3, 2}), random.data({3, 5})}, join(-1)});
  cases.push_back({"concat", "first axis", {random.data({1, 3}), random.data({2, 3}), random.data({4, 3})}, join(0)});
  cases.push_back({"concat", "middle axis", {random.data({2, 1, 3}), random.data({2, 4, 3})}, join(1)});
  cases.push_back({"concat", "an empty part", {random.data({2, 0}), random.data({2, 3})}, join(1)});
  cases.push_back({"concat", "i64", {random.indices({2, 2}, 9), random.indices({2, 1}, 9)}, join(1)});
  const auto dense = [](std::span<const Tensor> in, DType) { return Tensors{contiguous(transpose(in[0]))}; };
  cases.push_back({"copy", "transposed", {random.data({3, 5})}, dense});
  cases.push_back({"copy", "batch transposed", {random.data({2, 3, 5})}, dense});
  const auto heads = [](std::span<const Tensor> in, DType) {
    return Tensors{contiguous(permute(in[0], {0, 2, 1, 3}))};
  };
  cases.push_back({"copy", "heads", {random.data({2, 3, 4, 16})}, heads});
  cases.push_back({"copy", "heads of 6", {random.data({2, 3, 4, 6})}, heads});
  cases.push_back({"copy", "heads, i64", {random.indices({2, 3, 4, 16}, 9)}, heads});
  const auto broadcast = [](std::span<const Tensor> in, DType) {
    return Tensors{contiguous(expand(in[0], {4, 3, 5}))};
  };
  cases.push_back({"copy", "broadcast", {random.data({3, 1})}, broadcast});
}

// A copy that is nobody's input; strided: inside of a wider tensor.
Tensor target_of(const Tensor& x, bool strided) {
  Shape shape = x.shape();
  if (strided) shape[-1] += 2;
  const Tensor all = Tensor::zeros(shape, x.dtype());
  Tensor target = strided ? slice(all, -1, 1, shape[-1] - 1) : all;
  add_in_place(target, x);
  return target;
}

void in_place(Cases& cases) {
  Values random(403);
  for (const bool strided : {false, true}) {
    const std::string title = strided ? "strided target" : "[3,7]";
    const auto accumulate = [strided](std::span<const Tensor> in, DType) {
      const Tensor target = target_of(in[0].detach(), strided);
      add_in_place(target, in[1].detach());
      return Tensors{target};
    };
    cases.push_back({"accumulate", title, {random.data({3, 7}), random.data({3, 7})}, accumulate});
    cases.push_back({"accumulate", title + ", [3,24]", {random.data({3, 24}), random.data({3, 24})}, accumulate});
    cases.push_back(
        {"accumulate", title + ", f32 beside it", {random.weight({3, 7}), random.data({3, 7})}, accumulate});
    const auto assign = [strided](std::span<const Tensor> in, DType) {
      const Tensor target = target_of(in[0].detach(), strided);
      copy_into(target, in[1].detach());
      return Tensors{target};
    };
    cases.push_back({"assign", title, {random.data({3, 7}), random.data({3, 7})}, assign});
    cases.push_back({"assign", title + ", f32 beside it", {random.weight({3, 7}), random.data({3, 7})}, assign});
    const auto together = [strided](std::span<const Tensor> in, DType) {
      const Tensors from{in[1].detach(), in[3].detach(), in[4], in[5].detach()};
      Tensors to{target_of(in[0].detach(), strided), target_of(in[2].detach(), strided), target_of(in[4], strided),
                 target_of(in[5].detach(), strided)};
      copy_into(to, from);
      return to;
    };
    cases.push_back({"assign",
                     title + ", many",
                     {random.data({3, 7}), random.data({3, 7}), random.weight({2, 5}), random.data({2, 5}),
                      random.indices({5}, 9), random.data({3, 1031})},
                     together});
  }
}

// Places of a cache: `at` is known to the device alone.
void in_place_at(Cases& cases) {
  Values random(404);
  for (const bool strided : {false, true}) {
    for (const std::int64_t at : {0, 2, 3}) {
      const auto run = [strided](std::span<const Tensor> in, DType) {
        const Tensors from{in[1].detach(), in[3].detach(), in[5]};
        Tensors to{target_of(in[0].detach(), strided), target_of(in[2].detach(), strided), target_of(in[4], strided)};
        copy_into(to, from, in[6]);
        return to;
      };
      cases.push_back(
          {"assign_at",
           std::string(strided ? "strided" : "dense") + ", at " + std::to_string(at),
           {random.data({3, 5, 2, 4}), random.data({2, 2, 2, 4}), random.data({4, 7, 9}), random.data({4, 1, 9}),
            random.indices({3, 6}, 9), random.indices({3, 1}, 9), Values::integers({at}, {})},
           run});
    }
  }
  const auto five = [](std::span<const Tensor> in, DType) {  // more than one launch takes
    Tensors to;
    for (int k = 0; k < 5; ++k) to.push_back(target_of(in[0].detach(), false));
    copy_into(to, Tensors(5, in[1].detach()), in[2]);
    return to;
  };
  cases.push_back({"assign_at",
                   "five together",
                   {random.data({2, 3, 4}), random.data({1, 2, 4}), Values::integers({1}, {})},
                   five});
}

}  // namespace

void add_shape(Cases& cases) {
  views(cases);
  copies(cases);
  in_place(cases);
  in_place_at(cases);
}

}  // namespace strata::detail::conformance

// Cases of the fused ops over rows (linear, softmax, cross-entropy, layer norm), of reading by index, and of random
// ops.
#include <cmath>

#include "check/kernel/cases.hpp"
#include "strata/autograd/time_loop.hpp"
#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/positions.hpp"
#include "strata/ops/quantized.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail::conformance {
namespace {

void single(Cases& cases) {
  Values random(701);
  const auto with = [](Activation activation) {
    return [activation](std::span<const Tensor> in, DType) {
      return Tensors{linear(in[0], in[1], in[2], in[3], activation)};
    };
  };
  const auto add = [&](const char* title, const Shape& x, std::int64_t out, bool bias, bool addend,
                       Activation activation = Activation::none, bool differences = true) {
    Shape y = x;
    y[-1] = out;
    cases.push_back({"linear",
                     title,
                     {random.data(x), random.weight({out, x[-1]}), bias ? random.weight({out}) : Values::none(),
                      addend ? random.data(y) : Values::none()},
                     with(activation),
                     1,
                     differences});
  };
  add("plain", {3, 5}, 4, false, false);
  add("bias", {2, 3, 5}, 7, true, false);
  add("bias and addend", {3, 5}, 4, true, true);
  add("addend", {2, 3, 5}, 4, false, true);
  add("one element", {1, 1}, 1, true, false);
  add("relu", {4, 9}, 5, true, false, Activation::relu);
  add("tanh", {4, 9}, 5, true, false, Activation::tanh);
  add("sigmoid", {4, 9}, 5, true, false, Activation::sigmoid);
  add("gelu", {4, 9}, 5, true, false, Activation::gelu);
  for (std::size_t i = cases.size() - 4; i < cases.size(); ++i) cases[i].narrow_inside = true;
  add("67 x 130 x 33", {67, 130}, 33, true, false, Activation::none, false);
  cases.push_back({"linear",
                   "weight of the data's type",
                   {random.data({3, 5}), random.data({4, 5}), random.data({4}), Values::none()},
                   with(Activation::none)});
  const auto steps = [](std::span<const Tensor> in, DType) {
    const TimeLoop loop;
    Tensors outputs;
    for (const Tensor& step : unbind(in[0], 1)) outputs.push_back(linear(step, in[1], in[2]));
    return outputs;
  };
  cases.push_back(
      {"linear", "in a time loop", {random.data({3, 4, 5}), random.weight({2, 5}), random.weight({2})}, steps});
}

// Several of one input: of different widths, with and without a bias, one whose gradient nobody asks for.
void together(Cases& cases) {
  Values random(702);
  const auto all = [](std::span<const Tensor> in, DType) {
    Tensors weights, biases;
    for (std::size_t i = 1; i < in.size(); i += 2) weights.push_back(in[i]), biases.push_back(in[i + 1]);
    return linears(in[0], weights, biases);
  };
  const auto add = [&](const char* title, const Shape& x, const std::vector<std::int64_t>& widths, bool bias,
                       bool differences = true) {
    std::vector<Input> inputs{random.data(x)};
    for (const std::int64_t width : widths) {
      inputs.push_back(random.weight({width, x[-1]}));
      inputs.push_back(bias ? random.weight({width}) : Values::none());
    }
    cases.push_back({"linears", title, inputs, all, 1, differences});
  };
  add("one", {3, 5}, {4}, true);
  add("two", {2, 3, 5}, {4, 7}, true);
  add("three without a bias", {3, 5}, {4, 2, 4}, false);
  add("five", {3, 5}, {4, 2, 4, 1, 3}, true);
  add("67 x 130 x 33", {67, 130}, {33, 16, 40}, true, false);
  const auto second = [](std::span<const Tensor> in, DType) {
    return Tensors{linears(in[0], {in[1], in[3], in[5]}, {in[2], in[4], in[6]})[1]};
  };
  cases.push_back({"linears",
                   "one is used",
                   {random.data({3, 5}), random.weight({4, 5}), random.weight({4}), random.weight({2, 5}),
                    random.weight({2}), random.weight({4, 5}), random.weight({4})},
                   second});
}

// One element of x in ten thousand lies so near to the middle of two codes that f32 takes the other one; none of these
// does.
void codes(Cases& cases) {
  Values random(710);
  const auto add = [&](const char* title, const Shape& x, std::int64_t out, bool bias,
                       Activation activation = Activation::none) {
    std::vector<std::int8_t> weight(static_cast<std::size_t>(out * x[-1]));
    for (std::int8_t& code : weight) code = static_cast<std::int8_t>(std::lround(254 * random.unit() - 127));
    const auto run = [activation](std::span<const Tensor> in, DType) {
      return Tensors{linear_int8(in[0], {in[1], in[2]}, in.size() > 3 ? in[3] : Tensor(), activation)};
    };
    cases.push_back({"linear_int8",
                     title,
                     {random.data(x),
                      {Tensor::from(weight, {out, x[-1]}), Kind::fixed},
                      random.weight({out}, 0.001, 0.01),
                      bias ? random.weight({out}) : Values::none()},
                     run});
  };
  add("plain", {3, 5}, 4, false);
  add("bias", {2, 3, 5}, 7, true);
  add("one element", {1, 1}, 1, true);
  add("one row", {1, 64}, 33, true, Activation::relu);
  add("four rows", {2, 2, 130}, 17, true);
  add("gelu", {9, 70}, 20, true, Activation::gelu);
  add("67 x 130 x 33", {67, 130}, 33, true, Activation::relu);
  add("wide", {3, 576}, 40, true, Activation::sigmoid);
  add("tanh", {17, 64}, 16, true, Activation::tanh);
  add("rows that are no numbers", {3, 20}, 4, true);
  auto values = cases.back().inputs[0].value.to_doubles();
  values[3] = std::nan(""), values[25] = HUGE_VAL;
  cases.back().inputs[0].value = Tensor::from(values, {3, 20});
}

// Rows beside what vectors and teams of threads take at once; three of them, so that an odd one starts anywhere.
struct Width {
  const char* title;
  std::int64_t columns;
};
constexpr Width kWidths[] = {{"[3,7]", 7},     {"[3,8]", 8},     {"[3,31]", 31},     {"[3,33]", 33},
                             {"[3,256]", 256}, {"[3,257]", 257}, {"[3,1025]", 1025}, {"[3,4097]", 4097}};

void softmaxes(Cases& cases) {
  Values random(702);
  const auto soft = [](std::span<const Tensor> in, DType) {
    return Tensors{in.size() > 1 ? softmax(in[0], in[1]) : softmax(in[0])};
  };
  const auto log = [](std::span<const Tensor> in, DType) { return Tensors{log_softmax(in[0])}; };
  for (const auto& [title, shape, differences] :
       {std::tuple{"[4,9]", Shape{4, 9}, true}, std::tuple{"one of each", Shape{2, 1}, true},
        std::tuple{"[2,3,5]", Shape{2, 3, 5}, true}, std::tuple{"[5,1031]", Shape{5, 1031}, false}}) {
    cases.push_back({"softmax", title, {random.data(shape, -4, 4)}, soft, 1, differences});
    cases.push_back({"log_softmax", title, {random.data(shape, -4, 4)}, log, 1, differences});
  }
  for (const auto& [title, columns] : kWidths) {
    const Input x = random.data({3, columns}, -4, 4);
    cases.push_back({"softmax", title, {x}, soft, 1, false});
    cases.push_back({"softmax", title, {x, random.mask({1, columns})}, soft, 1, false});
    cases.push_back({"log_softmax", title, {x}, log, 1, false});
  }
  cases.push_back({"softmax", "large values", {random.data({3, 7}, 80, 100)}, soft});
  cases.push_back({"log_softmax", "large values", {random.data({3, 7}, 80, 100)}, log});
  cases.push_back({"softmax", "full mask", {random.data({4, 9}), random.mask({4, 9})}, soft});
  cases.push_back({"softmax", "row mask", {random.data({2, 3, 5}), random.mask({2, 1, 5})}, soft});
  cases.push_back({"softmax",
                   "a row without a kept element",
                   {random.data({2, 3}), Values::bools({0, 0, 0, 1, 0, 1}, {2, 3})},
                   soft});
}

void losses(Cases& cases) {
  Values random(703);
  const auto add = [&](const char* title, const Shape& logits, const Input& targets, double smoothing,
                       double amplification = 1, bool differences = true) {
    const auto run = [smoothing](std::span<const Tensor> in, DType) {
      return Tensors{softmax_xent(in[0], in[1], smoothing)};
    };
    const Input x = random.data(logits, -4, 4);
    cases.push_back({"softmax_xent", title, {x, targets}, run, amplification, differences});
    if (smoothing == 0) return;
    const auto both = [smoothing](std::span<const Tensor> in, DType) {
      const CrossEntropy found = cross_entropy(in[0], in[1], smoothing);
      return Tensors{found.loss, found.nll};
    };
    // No gradient comes through the second output, so differences would not be the gradient.
    cases.push_back({"softmax_xent", std::string(title) + ", with nll", {x, targets}, both, amplification, false});
  };
  add("plain", {4, 9}, random.indices({4}, 9), 0);
  add("smoothed, ignored", {2, 3, 7}, Values::integers({0, -100, 6, 2, -100, 3}, {2, 3}), 0.1);
  add("all ignored", {2, 5}, Values::integers({-100, -100}, {2}), 0.1);
  add("one class", {2, 1}, Values::integers({0, 0}, {2}), 0);
  // Where the target is likely, its gradient p - q cancels to the size of the others, of which there are a thousand.
  add("[17,1031]", {17, 1031}, random.indices({17}, 1031), 0.1, 4, false);
  for (const auto& [title, columns] : kWidths) add(title, {3, columns}, random.indices({3}, columns), 0.1, 4, false);
}

void norms(Cases& cases) {
  Values random(704);
  const auto run = [](std::span<const Tensor> in, DType) { return Tensors{layer_norm(in[0], in[1], in[2])}; };
  const auto add = [&](const char* title, const Shape& shape, bool differences) {
    cases.push_back(
        {"layer_norm",
         title,
         {random.data(shape, -2, 3), random.weight({shape.back()}, 0.5, 1.5), random.weight({shape.back()})},
         run,
         1,
         differences});
  };
  add("[4,9]", {4, 9}, true);
  add("[2,3,8]", {2, 3, 8}, true);
  add("[1,4]", {1, 4}, true);
  add("[5,333]", {5, 333}, false);
  add("[133,40]", {133, 40}, false);
  for (const auto& [title, columns] : kWidths) add(title, {3, columns}, false);

  const auto root = [](std::span<const Tensor> in, DType) { return Tensors{rms_norm(in[0], in[1])}; };
  const auto add_root = [&](const char* title, const Shape& shape, bool differences) {
    cases.push_back({"rms_norm",
                     title,
                     {random.data(shape, -2, 3), random.weight({shape.back()}, 0.5, 1.5)},
                     root,
                     1,
                     differences});
  };
  add_root("[4,9]", {4, 9}, true);
  add_root("[2,3,8]", {2, 3, 8}, true);
  add_root("[5,333]", {5, 333}, false);
  add_root("[133,40]", {133, 40}, false);
  for (const auto& [title, columns] : kWidths) add_root(title, {3, columns}, false);
}

// Frequencies get no gradient, so they are no input of a case.
void rotations(Cases& cases) {
  Values random(708);
  const auto add = [&](const char* title, const Shape& x, const Shape& positions, std::int64_t last, bool whole,
                       bool differences) {
    const std::int64_t pairs = whole ? x[3] / 2 : std::max<std::int64_t>(1, x[3] / 4);
    std::vector<float> frequencies;
    for (std::int64_t i = 0; i < pairs; ++i) frequencies.push_back(static_cast<float>(random.unit()));
    const auto run = [frequencies, pairs](std::span<const Tensor> in, DType) {
      return Tensors{rotary(in[0], in[1], Tensor::from(frequencies, {pairs}, in[0].device()), 1.25)};
    };
    cases.push_back({"rotary", title, {random.data(x), random.indices(positions, last)}, run, 2, differences});
  };
  add("[2,2,3,8]", {2, 2, 3, 8}, {2, 3}, 9, true, true);
  add("a part of each head", {2, 1, 3, 10}, {1, 3}, 9, false, true);
  add("far positions", {1, 3, 20, 64}, {1, 20}, 100000, true, false);
  add("odd widths", {3, 2, 5, 33}, {3, 5}, 50, false, false);
  add("one position", {4, 2, 1, 128}, {4, 1}, 5000, true, false);
}

void indices(Cases& cases) {
  Values random(705);
  const auto counted = [](std::span<const Tensor>, DType) { return Tensors{iota(7), iota(5, DType::f32), iota(0)}; };
  cases.push_back({"iota", "7", {}, counted});
  const auto rows = [](std::span<const Tensor> in, DType) { return Tensors{index_rows(in[0], in[1])}; };
  cases.push_back({"index_rows", "repeated", {random.data({5, 3}), Values::integers({4, 0, 0, 2, 0}, {5})}, rows});
  cases.push_back({"index_rows", "rank 3", {random.data({4, 2, 3}), random.indices({6}, 4)}, rows});
  cases.push_back({"index_rows", "rank 1", {random.data({4}), random.indices({3}, 4)}, rows});
  cases.push_back({"index_rows", "i64", {random.indices({4, 2}, 9), random.indices({3}, 4)}, rows});
  const auto picked = [](std::span<const Tensor> in, DType) { return Tensors{pick(in[0], in[1])}; };
  cases.push_back({"pick", "[4,9]", {random.data({4, 9}), random.indices({4}, 9)}, picked});
  cases.push_back({"pick", "[2,3,5]", {random.data({2, 3, 5}), random.indices({2, 3}, 5)}, picked});
  const auto embedded = [](std::int64_t padding) {
    return
        [padding](std::span<const Tensor> in, DType dtype) { return Tensors{embedding(in[0], in[1], dtype, padding)}; };
  };
  cases.push_back({"embedding", "[6,5]", {random.weight({6, 5}), random.indices({2, 4}, 6)}, embedded(-1)});
  Case padded{"embedding",
              "padding row",
              {random.weight({6, 5}), Values::integers({1, 0, 3, 0, 1, 1, 5, 0}, {2, 4})},
              embedded(0)};
  padded.differences = false;  // the padding row takes no gradient, whatever the mathematics
  cases.push_back(padded);
  cases.push_back(
      {"embedding", "large", {random.weight({97, 65}), random.indices({7, 19}, 97)}, embedded(-1), 1, false});
  cases.push_back(
      {"embedding", "[11,560]", {random.weight({11, 560}), random.indices({3, 37}, 11)}, embedded(2), 1, false});
}

// A copy that an op may change.
Tensor target_of(const Tensor& x) {
  Tensor target = Tensor::zeros(x.shape(), x.dtype());
  add_in_place(target, x.detach());
  return target;
}

void scatters(Cases& cases) {
  Values random(706);
  const auto rows = [](std::span<const Tensor> in, DType) {
    const Tensor target = target_of(in[0]);
    scatter_rows(target, in[1].detach(), in[2], 2);
    return Tensors{target};
  };
  cases.push_back({"scatter_rows",
                   "repeated, one skipped",
                   {random.data({5, 3}), random.data({6, 3}), Values::integers({4, 0, 0, 2, 0, 1}, {6})},
                   rows});
  cases.push_back(
      {"scatter_rows", "f32 target", {random.weight({5, 7}), random.data({2, 3, 7}), random.indices({2, 3}, 5)}, rows});
  const auto picked = [](std::span<const Tensor> in, DType) {
    const Tensor target = target_of(in[0]);
    scatter_pick(target, in[1].detach(), in[2]);
    return Tensors{target};
  };
  cases.push_back(
      {"scatter_pick", "[2,3,5]", {random.data({2, 3, 5}), random.data({2, 3}), random.indices({2, 3}, 5)}, picked});
}

void draws(Cases& cases) {
  Values random(707);
  const Input step = Values::integers({123456789012}, {});
  const auto numbers = [](std::span<const Tensor> in, DType) {
    context().random_step = in[0];
    return Tensors{uniform({3, 7}, {0x123456789ABCDEFULL, 5}), uniform({1}, {1, 0})};
  };
  cases.push_back({"uniform", "[3,7]", {step}, numbers});
  for (const double p : {0.1, 0.5, 0.9}) {
    const auto run = [p](std::span<const Tensor> in, DType) {
      context().training = true;
      context().random_step = in[1];
      return Tensors{dropout(in[0], p, {0xFEDCBA9876543210ULL, 3})};
    };
    cases.push_back({"dropout", "p " + std::to_string(p).substr(0, 3), {random.away_from_zero({5, 37}), step}, run});
    cases.push_back({"dropout", "[6,16]", {random.away_from_zero({6, 16}), step}, run});
    const auto add = [p](std::span<const Tensor> in, DType) {
      const ContextScope scope;
      context().training = true;
      context().random_step = in[1];
      return Tensors{dropout_add(in[0], in[2], p, {0xFEDCBA9876543210ULL, 3})};
    };
    cases.push_back({"dropout_add",
                     "p " + std::to_string(p).substr(0, 3),
                     {random.away_from_zero({5, 37}), step, random.away_from_zero({5, 37})},
                     add});
    cases.push_back(
        {"dropout_add", "[6,16]", {random.away_from_zero({6, 16}), step, random.away_from_zero({6, 16})}, add});
  }
}

// Made of others an element is rounded up to three times in the data's type: what is scaled, the wave, their sum.
void positions(Cases& cases) {
  Values random(711);
  const auto add = [&](const char* title, const Shape& x, const Input& at, double scale, bool differences = true) {
    const auto run = [scale](std::span<const Tensor> in, DType) { return Tensors{add_sinusoid(in[0], in[1], scale)}; };
    cases.push_back({"add_sinusoid", title, {random.data(x), at}, run, 2, differences});
  };
  add("from zero", {3, 4, 6}, Values::integers({0, 1, 2, 3}, {1, 4}), 2.5);
  add("of each row", {2, 3, 8}, Values::integers({4, 5, 6, 0, 1, 2}, {2, 3}), 1);
  add("one row", {1, 2, 2}, Values::integers({13, 3}, {1, 2}), 1);
  add("one of each", {1, 1, 2}, Values::integers({7}, {1, 1}), 0.5);
  add("no time", {2, 0, 4}, Values::integers({}, {1, 0}), 2);
  add("[9,17,64]", {9, 17, 64}, random.indices({1, 17}, 16), 8, false);
  add("[2,5,258]", {2, 5, 258}, random.indices({2, 5}, 16), 16, false);
  // An angle is off by its position times what its frequency is off by: beyond the bound for f64, whose angle it is.
  cases.push_back(
      {"add_sinusoid",
       "far away",
       {random.data({5, 2, 10}), Values::integers({999983, 1000003}, {1, 2})},
       [](std::span<const Tensor> in, DType) { return Tensors{cast(add_sinusoid(in[0], in[1], 3), DType::bf16)}; },
       2,
       false});
  const auto mask = [&](const char* title, const Input& lengths, std::int64_t time) {
    cases.push_back({"length_mask", title, {lengths}, [time](std::span<const Tensor> in, DType) {
                       return Tensors{length_mask(in[0], time)};
                     }});
  };
  mask("[4,5]", Values::integers({0, 5, 2, 9}, {4}), 5);
  mask("[3,67]", random.indices({3}, 67), 67);
  mask("no time", Values::integers({1, 2}, {2}), 0);
  cases.push_back({"length_mask", "i32", {random.indices({6}, 9)}, [](std::span<const Tensor> in, DType) {
                     return Tensors{length_mask(cast(in[0], DType::i32), 8)};
                   }});
}

}  // namespace

void add_rows(Cases& cases) {
  single(cases);
  together(cases);
  codes(cases);
  softmaxes(cases);
  losses(cases);
  norms(cases);
  rotations(cases);
  indices(cases);
  scatters(cases);
  positions(cases);
  draws(cases);
}

}  // namespace strata::detail::conformance

// Cases of attention: beams, head groups, masks with rows that see nothing, causal, single keys, widths with a tail.
#include <tuple>

#include "check/kernel/cases.hpp"
#include "strata/ops/fused.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail::conformance {
namespace {

// In 16 bits the weights and their gradients may be rounded once more, before they are multiplied: half a unit of the
// sum of |weight * value|, of which cancelling can leave less.
constexpr double kWeightsRounded = 2;
// A key that several rows share has the sum of their rounded gradients.
constexpr double kKeysShared = 1.5;

void additive(Cases& cases) {
  Values random(601);
  const auto run = [](std::span<const Tensor> in, DType) { return Tensors{additive_score(in[0], in[1], in[2])}; };
  const auto add = [&](const char* title, const Shape& query, const Shape& keys, bool differences = true) {
    cases.push_back({"additive_score",
                     title,
                     {random.data(query), random.data(keys), random.weight({keys[2]})},
                     run,
                     1,
                     differences});
  };
  add("[2,2,5] on [2,3,5]", {2, 2, 5}, {2, 3, 5});
  add("beams", {6, 1, 5}, {2, 4, 5});
  add("one of each", {1, 1, 1}, {1, 1, 1});
  add("width 37", {3, 2, 37}, {3, 7, 37}, false);
  add("long", {4, 9, 64}, {2, 33, 64}, false);
  add("many queries", {6, 15, 20}, {2, 9, 20}, false);
  add("many pairs", {32, 31, 3}, {8, 17, 3}, false);
}

void scaled_dot(Cases& cases) {
  Values random(602);
  const auto add = [&](const char* title, const Shape& q, const Shape& k, std::int64_t width, const Input& mask,
                       bool causal, double scale = 0, bool differences = true) {
    const auto run = [causal, scale](std::span<const Tensor> in, DType) {
      return Tensors{sdpa(in[0], in[1], in[2], in[3], {.causal = causal, .scale = scale})};
    };
    Shape v = k;
    v[3] = width;
    cases.push_back(
        {"sdpa", title, {random.data(q), random.data(k), random.data(v), mask}, run, kWeightsRounded, differences});
  };
  add("plain", {2, 2, 3, 4}, {2, 2, 5, 4}, 3, Values::none(), false);
  add("causal", {1, 2, 4, 3}, {1, 2, 4, 3}, 3, Values::none(), true);
  add("causal, more keys", {1, 1, 2, 3}, {1, 1, 5, 3}, 2, Values::none(), true);
  add("causal, fewer keys", {1, 1, 4, 3}, {1, 1, 2, 3}, 2, Values::none(), true);
  add("beams and head groups", {4, 4, 2, 3}, {2, 2, 3, 3}, 2, Values::none(), false, 0.7);
  add("key mask, one row sees nothing", {2, 1, 2, 3}, {2, 1, 3, 3}, 3, Values::bools({1, 0, 1, 0, 0, 0}, {2, 1, 1, 3}),
      false);
  add("full mask", {2, 2, 3, 4}, {2, 2, 5, 4}, 4, random.mask({2, 2, 3, 5}), false);
  add("one key", {2, 1, 1, 1}, {2, 1, 1, 1}, 1, Values::none(), false);
  add("[3,4,17,33]", {3, 4, 17, 33}, {3, 2, 19, 33}, 21, random.mask({3, 1, 1, 19}), true, 0, false);
  add("longer than a tile", {1, 2, 70, 16}, {1, 2, 150, 16}, 16, random.mask({1, 1, 70, 150}), false, 0, false);
  add("causal, longer than a tile", {1, 1, 150, 24}, {1, 1, 150, 24}, 40, Values::none(), true, 0, false);
  // Lengths and widths on both sides of the edges of tiles.
  for (const auto& [queries, keys, width, value_width, causal] :
       {std::tuple{1, 65, 64, 64, false}, std::tuple{16, 15, 8, 16, false}, std::tuple{15, 64, 32, 8, true},
        std::tuple{17, 63, 16, 32, true}, std::tuple{63, 17, 128, 80, true}, std::tuple{64, 130, 80, 128, true},
        std::tuple{65, 1, 128, 128, false}, std::tuple{130, 16, 64, 64, false}, std::tuple{130, 130, 32, 32, true}}) {
    add("at the edges of tiles", {1, 2, queries, width}, {1, 1, keys, width}, value_width, random.mask({1, 1, 1, keys}),
        causal, 0, false);
  }
  add("beams, longer than a tile", {6, 2, 25, 32}, {2, 1, 70, 32}, 32, random.mask({6, 1, 25, 70}), true, 0, false);
  const auto drop = [](std::span<const Tensor> in, DType) {
    const ContextScope scope;
    context().training = true;
    context().random_step = in[3];
    return Tensors{sdpa(in[0], in[1], in[2], {}, {.causal = true, .dropout = 0.3, .key = {77, 3}})};
  };
  for (const auto& [title, heads, time] :
       {std::tuple{"dropout", 3, 5}, std::tuple{"dropout, longer than a tile", 1, 90}}) {
    const Shape shape{2, heads, time, 5};
    // A query with one key has no gradient: what is left of it are the roundings of the output and of its gradient.
    cases.push_back({"sdpa",
                     title,
                     {random.data(shape), random.data(shape), random.data(shape), Values::integers({12345}, {})},
                     drop,
                     kWeightsRounded,
                     time < 10});
  }
}

void cached(Cases& cases) {
  Values random(603);
  const auto add = [&](const char* title, const Shape& q, const Shape& k, std::int64_t width, std::int64_t time,
                       double scale = 0, bool differences = true, std::int64_t used = 0) {
    const auto run = [scale, used](std::span<const Tensor> in, DType) {
      return Tensors{sdpa_cached(in[0], in[1], in[2], in[3], used > 0 ? in[4] : Tensor(), scale)};
    };
    Shape v = k;
    v[3] = width;
    std::vector<Input> inputs{random.data(q), random.data(k), random.data(v), random.indices({q[0], time}, k[0])};
    if (used > 0) inputs.push_back(Values::integers({used}, {}));
    cases.push_back({"sdpa_cached", title, inputs, run, kWeightsRounded * kKeysShared, differences});
  };
  add("plain", {2, 2, 4}, {2, 5, 2, 4}, 3, 5);
  add("room left, more rows than in the cache", {5, 2, 3}, {3, 6, 2, 3}, 3, 4);
  add("head groups", {2, 6, 3}, {2, 4, 2, 3}, 2, 3, 0.7);
  add("one key", {1, 1, 1}, {1, 1, 1, 1}, 1, 1);
  add("20 heads of width 33", {3, 20, 33}, {4, 9, 20, 33}, 21, 7, 0, false);
  add("70 keys", {4, 8, 64}, {6, 80, 8, 64}, 64, 70, 0, false);
  add("many rows, longer than a tile", {64, 8, 4}, {8, 70, 8, 4}, 4, 70, 0, false);
  add("3 of 5 keys", {2, 2, 4}, {2, 6, 2, 4}, 3, 5, 0, true, 3);
  const auto begun = [](std::span<const Tensor> in, DType) {
    return Tensors{sdpa_cached(in[0], in[1], in[2], in[3], in[4], 0, in[5])};
  };
  cases.push_back({"sdpa_cached",
                   "rows that begin later, one of them past its end",
                   {random.data({4, 2, 4}), random.data({3, 6, 1, 4}), random.data({3, 6, 1, 5}),
                    random.indices({4, 6}, 3), Values::integers({5}, {}), Values::integers({0, 2, 4, 5}, {4})},
                   begun,
                   kWeightsRounded * kKeysShared,
                   true});
  add("the first of 4 keys", {3, 2, 4}, {2, 4, 1, 4}, 3, 4, 0, true, 1);
  add("one part of the keys is not there yet", {1, 2, 32}, {1, 200, 2, 32}, 32, 190, 0, false, 66);
  add("130 keys, 9 heads of one", {2, 9, 128}, {3, 130, 1, 128}, 80, 130, 0, false);
}

}  // namespace

void add_attention(Cases& cases) {
  additive(cases);
  scaled_dot(cases);
  cached(cases);
}

}  // namespace strata::detail::conformance

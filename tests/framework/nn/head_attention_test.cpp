// HeadAttention around a softmax and around a kernelised mechanism, against loops over rows, heads, queries and keys.
#include "strata/nn/head_attention.hpp"

#include "framework/ops/check.hpp"
#include "strata/core/rng.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

constexpr std::int64_t kSentences = 2, kTime = 5, kQuery = 12, kMemory = 7;

// softmax(q k^T / sqrt(D)) v.
class SoftmaxHeads : public HeadAttention {
 public:
  SoftmaxHeads(const Options& options, const Facts& facts) : HeadAttention(options, facts) {
    set_traits({.cross = true, .causal = true, .incremental = true, .weights = true});
  }
  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override {
    seen = q.dtype();
    const Tensor scores = matmul(q, transpose(k)) * (1 / std::sqrt(static_cast<double>(q.size(3))));
    const Tensor weights = softmax(scores, mask.allowed());
    return {matmul(weights, v), weights};
  }
  DType seen = DType::i8;
};

// The same with a cache whose keys stay in place.
class InPlaceHeads final : public SoftmaxHeads {
 public:
  InPlaceHeads(const Options& options, const Facts& facts) : SoftmaxHeads(options, facts) {
    Traits all = traits();
    all.in_place = true;
    set_traits(all);
  }
  Tensor heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin, const Tensor& used,
                        const Tensor& first) override {
    ++calls;
    return sdpa_cached(q, k, v, origin, used, 0, first);
  }
  int calls = 0;
};

// One sequence by both, f64, with the same parameters.
struct TwoCaches {
  SoftmaxHeads moved{options(), {kQuery, kQuery}};
  InPlaceHeads in_place{options(), {kQuery, kQuery}};
  Mask past;
  Memory moved_cache, cache;
  NoGrad none;

  TwoCaches() {
    past.causal = true;
    moved.materialise(4, DType::f64);
    in_place.materialise(4, DType::f64);
  }
  // Each of `next` rows becomes any one of `rows`, as in a beam search.
  void exchange(Rng& random, std::int64_t rows, std::int64_t next) {
    std::vector<std::int64_t> from(static_cast<std::size_t>(next));
    for (std::int64_t& one : from) one = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows)));
    moved_cache.select(Tensor::from(from, {next}));
    cache.select(Tensor::from(from, {next}));
  }
  static HeadAttention::Options options() {
    HeadAttention::Options options;
    options.heads = 4;
    options.kv_heads = 2;
    return options;
  }
};

// The sum of the valid values, whatever the query.
class SumHeads final : public HeadAttention {
 public:
  SumHeads(const Options& options, const Facts& facts) : HeadAttention(options, facts) { set_traits({.cross = true}); }
  Attended heads(const Tensor& q, const Tensor&, const Tensor& v, const HeadMask& mask) override {
    const Tensor ones = Tensor::full({q.size(0), q.size(1), q.size(2), v.size(2)}, 1.0, v.dtype());
    return {matmul(ones, v * mask.valid())};
  }
};

// rows of x [N, in] through the layer's child `name`: x weight^T + bias.
std::vector<double> project(const Layer& layer, const std::string& name, const std::vector<double>& x, std::size_t in) {
  std::vector<double> weight, bias;
  for (const NamedParameter& one : layer.parameters()) {
    if (one.name == name + ".weight") weight = one.parameter.value().to_doubles();
    if (one.name == name + ".bias") bias = one.parameter.value().to_doubles();
  }
  std::vector<double> out;
  for (std::size_t row = 0; row < x.size() / in; ++row) {
    for (std::size_t o = 0; o < bias.size(); ++o) {
      double sum = bias[o];
      for (std::size_t i = 0; i < in; ++i) sum += weight[o * in + i] * x[row * in + i];
      out.push_back(sum);
    }
  }
  return out;
}

struct Case {
  std::int64_t heads, kv_heads, rows, queries;
  std::vector<int> valid = {};  // [B,Tk] or empty
  bool causal = false;
};

// The context, and the weights' mean over the heads, by loops.
std::pair<std::vector<double>, std::vector<double>> by_loops(const Layer& layer, const Case& c, const Tensor& query,
                                                             const Tensor& memory) {
  const auto h = static_cast<std::size_t>(c.heads),
             kv = static_cast<std::size_t>(c.kv_heads == 0 ? c.heads : c.kv_heads);
  const auto rows = static_cast<std::size_t>(c.rows), queries = static_cast<std::size_t>(c.queries);
  const std::size_t width = kQuery / h, time = kTime;
  const std::vector<double> q = project(layer, "query", query.to_doubles(), kQuery),
                            k = project(layer, "key", memory.to_doubles(), kMemory),
                            v = project(layer, "value", memory.to_doubles(), kMemory);
  std::vector<double> joined(q.size()), mean(rows * queries * time);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t sentence = r / (rows / kSentences);
    for (std::size_t i = 0; i < queries; ++i) {
      for (std::size_t head = 0; head < h; ++head) {
        const std::size_t group = head / (h / kv);
        std::vector<double> weights(time);
        double total = 0;
        for (std::size_t j = 0; j < time; ++j) {
          if (!c.valid.empty() && c.valid[sentence * time + j] == 0) continue;
          if (c.causal && j > time - queries + i) continue;
          double score = 0;
          for (std::size_t d = 0; d < width; ++d) {
            score += q[(r * queries + i) * kQuery + head * width + d] *
                     k[(sentence * time + j) * kv * width + group * width + d];
          }
          weights[j] = std::exp(score / std::sqrt(static_cast<double>(width)));
          total += weights[j];
        }
        for (std::size_t j = 0; j < time; ++j) {
          const double weight = total > 0 ? weights[j] / total : 0;
          mean[(r * queries + i) * time + j] += weight / static_cast<double>(h);
          for (std::size_t d = 0; d < width; ++d) {
            joined[(r * queries + i) * kQuery + head * width + d] +=
                weight * v[(sentence * time + j) * kv * width + group * width + d];
          }
        }
      }
    }
  }
  return {project(layer, "output", joined, kQuery), mean};
}

Mask mask_of(const Case& c) {
  Mask mask;
  if (!c.valid.empty()) mask.keys = bools(c.valid, {kSentences, kTime});
  mask.causal = c.causal;
  return mask;
}

const std::vector<int> kValid = {1, 1, 1, 1, 0, 1, 1, 0, 0, 0};

}  // namespace

BOOST_AUTO_TEST_SUITE(head_attention)

BOOST_AUTO_TEST_CASE(contexts_and_weights_equal_the_loops) {
  const std::vector<Case> cases = {{1, 0, 2, 3, {}},          {3, 0, 2, 3, kValid}, {4, 2, 2, 3, kValid},
                                   {6, 1, 6, 1, kValid},      {2, 0, 4, 2, kValid}, {3, 0, 2, 3, {}, true},
                                   {4, 1, 2, 5, kValid, true}};
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT("heads " << c.heads << " of " << c.kv_heads << ", rows " << c.rows << ", queries "
                                << c.queries) {
      HeadAttention::Options options;
      options.heads = c.heads;
      options.kv_heads = c.kv_heads;
      SoftmaxHeads mechanism(options, {kQuery, kMemory});
      mechanism.materialise(3, DType::f64);
      const Tensor query = leaf({c.rows, c.queries, kQuery}, 1), memory = leaf({kSentences, kTime, kMemory}, 2);
      const ContextScope scope;
      context().capture_weights = true;
      const Mask mask = mask_of(c);
      const Attended got = mechanism.attend(query, mechanism.prepare(memory, memory, mask), mask);
      const auto [expected, weights] = by_loops(mechanism, c, query, memory);
      check_close(got.context.to_doubles(), expected, 1e-13);
      check_close(got.weights.to_doubles(), weights, 1e-13);
      BOOST_TEST((got.context.shape() == strata::Shape{c.rows, c.queries, mechanism.context_width()}));
      context().capture_weights = false;
      BOOST_TEST(!mechanism.attend(query, mechanism.prepare(memory, memory, mask), mask).weights.defined());
      check_gradients(
          [&](std::span<const Tensor> in) {
            return Tensors{mechanism.attend(in[0], mechanism.prepare(in[1], in[1], mask), mask).context};
          },
          {query, memory});
    }
  }
}

BOOST_AUTO_TEST_CASE(a_memory_grown_step_by_step_equals_the_whole) {
  HeadAttention::Options options;
  options.heads = 3;
  SoftmaxHeads mechanism(options, {kQuery, kQuery});
  mechanism.materialise(4, DType::f64);
  const Tensor x = random_tensor({kSentences, kTime, kQuery});
  Mask past;
  past.causal = true;
  const std::vector<double> whole = mechanism.self(x, nullptr, past).context.to_doubles();
  Memory cache;
  Tensors steps;
  for (std::int64_t t = 0; t < kTime; ++t) steps.push_back(mechanism.self(slice(x, 1, t, t + 1), &cache, past).context);
  check_close(concat(steps, 1).to_doubles(), whole, 1e-13);
}

// Rows are doubled, exchanged and dropped between the steps as in a beam search; 40 steps fill the first room.
BOOST_AUTO_TEST_CASE(a_cache_in_place_equals_one_that_is_moved) {
  TwoCaches two;
  SoftmaxHeads& moved = two.moved;
  InPlaceHeads& in_place = two.in_place;
  Memory &moved_cache = two.moved_cache, &cache = two.cache;
  const Mask& past = two.past;
  Rng random(11, "test/beams");
  BOOST_TEST_MESSAGE("seed 11");
  std::int64_t rows = 2, t = 0;
  const auto step = [&](std::int64_t time) {
    const Tensor x = random_tensor({rows, time, kQuery}, static_cast<unsigned>(++t));
    const std::vector<double> expected = moved.self(x, &moved_cache, past).context.to_doubles();
    check_close(in_place.self(x, &cache, past).context.to_doubles(), expected, 1e-13);
  };
  for (int i = 0; i < 40; ++i) {
    step(1);
    const std::int64_t next = i == 0 ? 6 : i == 20 ? 3 : i == 30 ? 8 : rows;
    two.exchange(random, rows, next);
    rows = next;
  }
  BOOST_TEST(in_place.calls == 40);
  BOOST_TEST(cache.state[0].size(0) == 8);  // never more rows than there were at once
  step(3);                                  // several positions see each other: by heads()
  step(1);
  BOOST_TEST(in_place.calls == 41);
  const ContextScope scope;
  context().capture_weights = true;
  const Tensor x = random_tensor({rows, 1, kQuery}, 99);
  const Attended a = moved.self(x, &moved_cache, past), b = in_place.self(x, &cache, past);
  check_close(b.weights.to_doubles(), a.weights.to_doubles(), 1e-13);
}

// With room made ahead no shape says how far the sequence has come, and what is computed is the same.
// A prompt of several tokens, with and without padding, then one token at a time: as one pass over all.
BOOST_AUTO_TEST_CASE(a_prompt_goes_into_the_cache_in_place) {
  const NoGrad scope;
  for (const bool padded : {false, true}) {
    TwoCaches two;
    InPlaceHeads& in_place = two.in_place;
    constexpr std::int64_t kRows = 3, kPrompt = 5, kAll = 11;
    const Tensor x = random_tensor({kRows, kAll, kQuery}, 21);
    Mask whole;
    whole.causal = true;
    Tensor valid;  // of the prompt; what is written is never padding
    if (padded) {
      const auto of = [](std::vector<std::int64_t> lengths, std::int64_t time) {
        return Mask::of_lengths(Tensor::from(lengths, {kRows}), time).keys;
      };
      const Tensor first = of({5, 2, 4}, kPrompt), rest = of({6, 6, 6}, kAll - kPrompt);
      valid = concat({first, rest}, 1);
      whole.keys = valid;
    }
    const Tensor expected = two.moved.self(x, nullptr, whole).context;
    Memory cache;
    Mask seen = whole;
    if (padded) seen.keys = slice(valid, 1, 0, kPrompt);
    const Tensor prompt = in_place.self(slice(x, 1, 0, kPrompt), &cache, seen).context;
    check_close(prompt.to_doubles(), contiguous(slice(expected, 1, 0, kPrompt)).to_doubles(), 1e-12);
    BOOST_TEST(cache.origin.defined());
    for (std::int64_t t = kPrompt; t < kAll; ++t) {
      if (padded) seen.keys = slice(valid, 1, 0, t + 1);
      const Tensor one = in_place.self(slice(x, 1, t, t + 1), &cache, seen).context;
      check_close(one.to_doubles(), contiguous(slice(expected, 1, t, t + 1)).to_doubles(), 1e-12);
    }
    if (!padded) BOOST_TEST(in_place.calls == kAll - kPrompt);  // none of them moved the keys
  }
}

BOOST_AUTO_TEST_CASE(keys_in_place_with_room_ahead) {
  TwoCaches two;
  SoftmaxHeads& moved = two.moved;
  InPlaceHeads& in_place = two.in_place;
  Memory &moved_cache = two.moved_cache, &cache = two.cache;
  const Mask& past = two.past;
  BOOST_TEST(!cache.reserve(0, 5));
  Rng random(12, "test/room");
  BOOST_TEST_MESSAGE("seed 12");
  std::int64_t rows = 2;
  const auto step = [&](std::int64_t t) {
    const Tensor x = random_tensor({rows, 1, kQuery}, static_cast<unsigned>(t));
    const Attended a = moved.self(x, &moved_cache, past), b = in_place.self(x, &cache, past);
    check_close(b.context.to_doubles(), a.context.to_doubles(), 1e-13);
    if (a.weights.defined()) {  // of the keys that there are; none of the places behind them
      const Tensor there = slice(b.weights, 2, 0, t + 1), room = slice(b.weights, 2, t + 1, b.weights.size(2));
      check_close(there.to_doubles(), a.weights.to_doubles(), 1e-13);
      for (const double weight : room.to_doubles()) BOOST_TEST(weight == 0);
    }
  };
  std::vector<Shape> shapes;
  for (std::int64_t t = 0; t < 50; ++t) {
    step(t);
    const std::int64_t next = t == 9 ? 6 : t == 39 ? 8 : rows;
    two.exchange(random, rows, next);
    rows = next;
    if (t == 9 || t == 39) BOOST_TEST(cache.reserve(t + 1, 40));
    if (t < 9 || t > 38) continue;
    std::vector<Shape> now;
    cache.visit([&](const Tensor& part) { now.push_back(part.shape()); });
    if (shapes.empty()) shapes = now;
    BOOST_TEST(now.size() == 4);
    BOOST_TEST((now == shapes));
  }
  BOOST_TEST(in_place.calls == 50);
  const ContextScope scope;
  context().capture_weights = true;
  step(50);
  strata::test::check_throws(
      [&] {
        (void)in_place.self(random_tensor({rows, 3, kQuery}, 1), &cache, past);
      },
      "E_MODEL_ATTENTION", "[attention]", "decode.replay");
  for (std::int64_t t = 54; t < 80; ++t) {
    if (cache.used.to_integers()[0] == 80) break;
    (void)in_place.self(random_tensor({rows, 1, kQuery}, 2), &cache, past);
  }
  strata::test::check_throws(
      [&] {
        (void)in_place.self(random_tensor({rows, 1, kQuery}, 3), &cache, past);
      },
      "E_SHAPE_INDEX", "[assign_at]", "is outside [0, 79]");
}

BOOST_AUTO_TEST_CASE(values_times_the_valid_mask_ignore_padding) {
  HeadAttention::Options options;
  options.heads = 2;
  SumHeads mechanism(options, {kQuery, kMemory});
  mechanism.materialise(5, DType::f64);
  const Tensor query = random_tensor({4, 1, kQuery}), memory = random_tensor({kSentences, kTime, kMemory}, 1);
  Mask mask;
  mask.keys = bools(kValid, {kSentences, kTime});
  const std::vector<double> padded =
      mechanism.attend(query, mechanism.prepare(memory, memory, mask), mask).context.to_doubles();
  const Tensor second = slice(slice(memory, 0, 1, 2), 1, 0, 2);  // its valid keys alone
  const std::vector<double> alone =
      mechanism.attend(slice(query, 0, 2, 4), mechanism.prepare(second, second, {}), {}).context.to_doubles();
  check_close({padded.begin() + 2 * kQuery, padded.end()}, alone, 1e-13);
}

BOOST_AUTO_TEST_CASE(heads_are_given_f32_unless_they_take_bf16) {
  HeadAttention::Options options;
  options.heads = 2;
  SoftmaxHeads mechanism(options, {kQuery, kMemory});
  mechanism.materialise(6);
  const ContextScope scope;
  context().compute = DType::bf16;
  const Tensor query = cast(random_tensor({2, 1, kQuery}), DType::bf16),
               memory = cast(random_tensor({kSentences, kTime, kMemory}), DType::bf16);
  const Attended got = mechanism.attend(query, mechanism.prepare(memory, memory, {}), {});
  BOOST_TEST((mechanism.seen == DType::f32));
  BOOST_TEST((got.context.dtype() == DType::bf16));
}

BOOST_AUTO_TEST_CASE(misfits_are_named) {
  HeadAttention::Options options;
  options.heads = 5;
  check_throws(
      [&] {
        SoftmaxHeads(options, {kQuery, kMemory});
      },
      "E_CONFIG_ATTENTION", "attention/heads", "5 heads do not divide a query of width 12");
  options.heads = 6;
  options.kv_heads = 4;
  check_throws(
      [&] {
        SoftmaxHeads(options, {kQuery, kMemory});
      },
      "E_CONFIG_ATTENTION", "attention/kv_heads", "4 heads of keys do not divide 6");
  options.kv_heads = 0;
  SumHeads mechanism(options, {kQuery, kQuery});
  mechanism.materialise(7, DType::f64);
  const Tensor x = random_tensor({1, 3, kQuery});
  Mask past;
  past.causal = true;
  check_throws([&] { mechanism.self(x, nullptr, past); }, "E_MODEL_ATTENTION", "", "causal");
  Memory cache = mechanism.prepare(x, x, {});
  check_throws([&] { mechanism.append(cache, x, x, {}); }, "E_MODEL_ATTENTION", "", "incremental");
}

BOOST_AUTO_TEST_SUITE_END()

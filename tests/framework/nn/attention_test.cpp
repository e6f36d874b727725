// Mask::dense and attend_by_scores against loops over rows, queries and keys; the defaults of the Attention contract.
#include "strata/nn/attention.hpp"

#include "framework/ops/check.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

constexpr std::int64_t kSentences = 2, kTime = 5;

// What the mask says in words, for row r of `rows`: keys valid[b], and by position.
struct Rule {
  std::vector<int> valid = {};  // [B,Tk] or empty
  bool causal = false;
  std::vector<std::int64_t> first = {};  // [R] or empty
  std::int64_t window = 0;

  bool operator()(std::int64_t rows, std::int64_t queries, std::int64_t r, std::int64_t q, std::int64_t k) const {
    const std::int64_t sentence = r / (rows / kSentences);
    const std::int64_t at = (first.empty() ? kTime - queries : first[static_cast<std::size_t>(r)]) + q;
    if (!valid.empty() && valid[static_cast<std::size_t>(sentence * kTime + k)] == 0) return false;
    if (causal && k > at) return false;
    return window == 0 || k > at - window;
  }
  Mask mask() const {
    Mask out;
    if (!valid.empty()) out.keys = bools(valid, {kSentences, kTime});
    out.causal = causal;
    if (!first.empty()) out.first_query = ids(first, {static_cast<std::int64_t>(first.size())});
    out.window = window;
    return out;
  }
};

const std::vector<int> kValid = {1, 1, 1, 1, 0, 1, 0, 1, 0, 0};

void check_dense(const Rule& rule, std::int64_t rows, std::int64_t queries) {
  const Tensor dense = rule.mask().dense(rows, queries, kTime);
  BOOST_REQUIRE(dense.defined());
  const Tensor all = expand(dense, {rows, queries, kTime});
  const std::vector<double> got = cast(all, DType::f32).to_doubles();
  std::size_t i = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t q = 0; q < queries; ++q) {
      for (std::int64_t k = 0; k < kTime; ++k, ++i) {
        BOOST_TEST((got[i] != 0) == rule(rows, queries, r, q, k), "row " << r << " query " << q << " key " << k);
      }
    }
  }
}

// softmax over what the rule allows, then the weighted sum; rows without a key give zeros.
void check_attended(const Rule& rule, std::int64_t rows, std::int64_t queries) {
  constexpr std::int64_t kWidth = 3;
  const Tensor scores = leaf({rows, queries, kTime}, 1), values = leaf({kSentences, kTime, kWidth}, 2);
  const std::vector<double> s = scores.to_doubles(), v = values.to_doubles();
  std::vector<double> weights(s.size()), context_rows(static_cast<std::size_t>(rows * queries * kWidth));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t q = 0; q < queries; ++q) {
      double total = 0;
      const auto at = [&](std::int64_t k) { return static_cast<std::size_t>((r * queries + q) * kTime + k); };
      for (std::int64_t k = 0; k < kTime; ++k) {
        weights[at(k)] = rule(rows, queries, r, q, k) ? std::exp(s[at(k)]) : 0;
        total += weights[at(k)];
      }
      for (std::int64_t k = 0; k < kTime; ++k) {
        if (total > 0) weights[at(k)] /= total;
        for (std::int64_t c = 0; c < kWidth; ++c) {
          const auto value = static_cast<std::size_t>((r / (rows / kSentences) * kTime + k) * kWidth + c);
          context_rows[static_cast<std::size_t>((r * queries + q) * kWidth + c)] += weights[at(k)] * v[value];
        }
      }
    }
  }
  const ContextScope scope;
  context().capture_weights = true;
  const Attended attended = attend_by_scores(scores, values, rule.mask());
  check_close(attended.context.to_doubles(), context_rows, 1e-14);
  check_close(attended.weights.to_doubles(), weights, 1e-14);
  context().capture_weights = false;
  BOOST_TEST(!attend_by_scores(scores, values, rule.mask()).weights.defined());
  check_gradients(
      [&](std::span<const Tensor> in) { return Tensors{attend_by_scores(in[0], in[1], rule.mask()).context}; },
      {scores, values});
}

// The smallest mechanism: every key scores the same.
class Mean final : public Attention {
 public:
  explicit Mean(bool cross) { set_traits({.cross = cross}); }
  std::int64_t context_width() const override { return 3; }
  Memory prepare(const Tensor&, const Tensor& values, const Mask&) override { return {{values}}; }
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) override {
    const auto [values] = memory.as<1>();
    return attend_by_scores(Tensor::zeros({query.size(0), query.size(1), values.size(1)}, DType::f64), values, mask);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(attention)

BOOST_AUTO_TEST_CASE(no_rule_is_no_mask) { BOOST_TEST(!Mask{}.dense(4, 3, kTime).defined()); }

BOOST_AUTO_TEST_CASE(dense_masks_equal_the_rule) {
  for (const std::int64_t queries : {1, 3}) {
    for (const bool causal : {false, true}) {
      for (const std::int64_t window : {0, 2}) {
        BOOST_TEST_CONTEXT("queries " << queries << ", causal " << causal << ", window " << window) {
          check_dense({kValid, causal, {}, window}, 2, queries);
          check_dense({kValid, causal, {2, 0}, window}, 2, queries);
          if (causal || window > 0) {                                         // otherwise no position counts
            check_dense({kValid, causal, {2, 0, 1, 4}, window}, 4, queries);  // two beams
            check_dense({{}, causal, {}, window}, 2, queries);
            check_dense({{}, causal, {1, 2, 0, 1}, window}, 4, queries);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(attended_values_equal_the_loop) {
  check_attended({}, 2, 3);
  check_attended({kValid}, 2, 3);
  check_attended({kValid}, 6, 1);                         // three beams
  check_attended({kValid}, 4, 2);                         // and several queries
  check_attended({kValid, true}, 2, 3);                   // by position
  check_attended({kValid, true, {3, 0, 2, 4}, 2}, 4, 2);  // each row at its own
}

BOOST_AUTO_TEST_CASE(a_row_without_a_key_gives_zeros_and_no_nan) {
  const Rule rule{{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}};
  check_attended(rule, 4, 2);
  const Tensor scores = leaf({2, 1, kTime}), values = leaf({kSentences, kTime, 3}, 1);
  const Tensor out = attend_by_scores(scores, values, rule.mask()).context;
  for (const double value : slice(out, 0, 1, 2).to_doubles()) BOOST_TEST(value == 0);
  backward(sum(out));
  for (const double value : slice(scores.grad(), 0, 1, 2).to_doubles()) BOOST_TEST(value == 0);
}

BOOST_AUTO_TEST_CASE(positions_of_several_beams_must_be_given) {
  const Tensor scores = random_tensor({4, 2, kTime}), values = random_tensor({kSentences, kTime, 3});
  Mask past;
  past.causal = true;
  check_throws([&] { attend_by_scores(scores, values, past); }, "E_MODEL_ATTENTION", "[attention]", "first position");
}

BOOST_AUTO_TEST_CASE(what_a_mechanism_lacks_is_named) {
  Mean mechanism(true), blind(false);
  Memory memory;
  check_throws([&] { mechanism.append(memory, {}, {}, {}); }, "E_MODEL_ATTENTION", "", "incremental");
  check_throws([&] { (void)Memory{}.as<2>(); }, "E_INTERNAL", "[attention]");
  require_cross_attention(mechanism, "mean", "seq2seq");
  check_throws([&] { require_cross_attention(blind, "blind", "seq2seq"); }, "E_MODEL_ATTENTION", "seq2seq", "'blind'");
}

BOOST_AUTO_TEST_CASE(self_attention_by_default_prepares_and_attends) {
  Mean mechanism(true);
  const Tensor x = random_tensor({1, 4, 3});
  Memory cache;
  Mask past;
  past.causal = true;
  const std::vector<double> in = x.to_doubles(), got = mechanism.self(x, &cache, past).context.to_doubles();
  std::vector<double> expected;  // running means
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t c = 0; c < 3; ++c) {
      double total = 0;
      for (std::size_t k = 0; k <= t; ++k) total += in[k * 3 + c];
      expected.push_back(total / static_cast<double>(t + 1));
    }
  }
  check_close(got, expected, 1e-14);
  BOOST_TEST(cache.state.size() == 1U);
  BOOST_CHECK_THROW(mechanism.self(x, &cache, {}), Error);  // a filled cache needs append()
}

BOOST_AUTO_TEST_SUITE_END()

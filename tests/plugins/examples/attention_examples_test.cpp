// The examples of attention against loops over queries and keys, in float64, with padding and several rows a sentence.
#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "strata/nn/head_attention.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

constexpr std::int64_t kBatch = 2, kHeads = 3, kTime = 6, kWidth = 4;
const std::vector<int> kValid = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};

Tensor valid_keys() { return bools(kValid, {kBatch, kTime}); }

// weight(b, h, query i of n, key j) -> the weighted mean of the values, where every weight is known.
template <class Weight>
std::vector<double> weighted(const Tensor& v, std::int64_t queries, const Weight& weight) {
  const std::vector<double> values = v.to_doubles();
  std::vector<double> out;
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t h = 0; h < kHeads; ++h) {
      for (std::int64_t i = 0; i < queries; ++i) {
        std::vector<double> sum(kWidth);
        double total = 0;
        for (std::int64_t j = 0; j < kTime; ++j) {
          const double w = weight(b, h, i, j);
          total += w;
          for (std::int64_t d = 0; d < kWidth; ++d) {
            sum[static_cast<std::size_t>(d)] +=
                w * values[static_cast<std::size_t>(((b * kHeads + h) * kTime + j) * kWidth + d)];
          }
        }
        for (const double one : sum) out.push_back(total > 0 ? one / total : 0);
      }
    }
  }
  return out;
}

// sum over d of f(q) f(k)
template <class F>
double product(const std::vector<double>& q, const std::vector<double>& k, std::int64_t row, std::int64_t key,
               const F& f) {
  double sum = 0;
  for (std::int64_t d = 0; d < kWidth; ++d) {
    sum += f(q[static_cast<std::size_t>(row * kWidth + d)]) * f(k[static_cast<std::size_t>(key * kWidth + d)]);
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention_examples)

BOOST_AUTO_TEST_CASE(linear_attention_equals_its_quadratic_form) {
  const auto mechanism =
      strata_test::make<Attention>(R"({"type": "linear", "heads": 3, "eps": 0})", {kHeads * kWidth, 5});
  auto& heads = dynamic_cast<HeadAttention&>(*mechanism);
  BOOST_TEST(mechanism->traits().cross);
  BOOST_TEST(!mechanism->traits().causal);
  for (const std::int64_t queries : {1, 6}) {
    const Tensor q = leaf({kBatch, kHeads, queries, kWidth}, 1), k = leaf({kBatch, kHeads, kTime, kWidth}, 2),
                 v = leaf({kBatch, kHeads, kTime, kWidth}, 3);
    Mask keys;
    keys.keys = valid_keys();
    const HeadMask mask(keys, kBatch, queries, k);
    const std::vector<double> qs = q.to_doubles(), ks = k.to_doubles();
    const auto f = [](double x) { return x > 0 ? x + 1 : std::exp(x); };  // elu + 1
    const std::vector<double> expected =
        weighted(v, queries, [&](std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t j) {
          if (kValid[static_cast<std::size_t>(b * kTime + j)] == 0) return 0.0;
          return product(qs, ks, (b * kHeads + h) * queries + i, (b * kHeads + h) * kTime + j, f);
        });
    check_close(heads.heads(q, k, v, mask).context.to_doubles(), expected, 1e-13);
    check_gradients([&](std::span<const Tensor> in) { return Tensors{heads.heads(in[0], in[1], in[2], mask).context}; },
                    {q, k, v});
  }
}

BOOST_AUTO_TEST_CASE(local_window_attention_reads_the_last_positions_only) {
  constexpr std::int64_t kWindow = 3, kModel = 8;
  const auto mechanism =
      strata_test::make<Attention>(R"({"type": "local_window", "heads": 2, "window": 3})", {kModel, kModel});
  BOOST_TEST(!mechanism->traits().cross);
  mechanism->materialise(9, DType::f64);
  const Tensor x = random_tensor({kBatch, kTime, kModel}, 4);
  Mask mask;
  mask.causal = true;
  const std::vector<double> whole = mechanism->self(x, nullptr, mask).context.to_doubles();
  // A position's output depends on the last kWindow inputs, and on them alone: the same from these cut out.
  for (std::int64_t t = 0; t < kTime; ++t) {
    const std::int64_t first = std::max<std::int64_t>(0, t - kWindow + 1);
    const Tensor part = mechanism->self(slice(x, 1, first, t + 1), nullptr, mask).context;
    const std::vector<double> last = slice(part, 1, t - first, t - first + 1).to_doubles();
    std::vector<double> expected;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      const auto at = whole.begin() + (b * kTime + t) * kModel;
      expected.insert(expected.end(), at, at + kModel);
    }
    check_close(last, expected, 1e-13);
  }
  Memory cache;  // and step by step
  std::vector<double> stepped(whole.size());
  for (std::int64_t t = 0; t < kTime; ++t) {
    const std::vector<double> one = mechanism->self(slice(x, 1, t, t + 1), &cache, mask).context.to_doubles();
    for (std::int64_t b = 0; b < kBatch; ++b) {
      std::copy(one.begin() + b * kModel, one.begin() + (b + 1) * kModel, stepped.begin() + (b * kTime + t) * kModel);
    }
  }
  check_close(stepped, whole, 1e-13);
}

BOOST_AUTO_TEST_SUITE_END()

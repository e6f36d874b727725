// Sampling: frequencies against the distribution, support of top-k and top-p, independence of the batch.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "table_generator.hpp"

namespace {

using namespace strata;
using namespace strata::test;

constexpr std::int64_t kVocabulary = 12;

DecodeOptions sampling(std::int64_t samples, std::int64_t seed) {
  DecodeOptions options;
  options.search = Search::sample;
  options.n_best = samples;
  options.max_length_ratio = 0;
  options.max_length = 1;  // one token: its distribution is the table's
  options.seed = seed;
  return options;
}

// How often each first token (or </s>) was drawn for one source.
std::map<std::int64_t, double> draw(const Table& table, const DecodeOptions& options, std::int64_t sentences,
                                    double& total) {
  std::map<std::int64_t, double> counts;
  TableGenerator generator(table, kVocabulary);
  for (const auto& samples :
       decode(generator, sources_batch(std::vector<Ids>(static_cast<std::size_t>(sentences), {4})), options)) {
    for (const Hypothesis& one : samples) {
      counts[one.finished ? kEnd : one.ids.at(0)] += 1;
      total += 1;
    }
  }
  return counts;
}

// What may be drawn, with its probability: specials but </s> never; then temperature, top-k, top-p.
std::map<std::int64_t, double> expected(const Table& table, const DecodeOptions& options) {
  const auto p = log_softmax_of(table({4}, {}));
  std::vector<std::pair<double, std::int64_t>> order;
  for (std::int64_t v = 0; v < kVocabulary; ++v) {
    if (v == kEnd || v >= kSpecials)
      order.emplace_back(-std::exp(p[static_cast<std::size_t>(v)] / options.temperature), v);
  }
  std::sort(order.begin(), order.end());
  if (options.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(options.top_k)));
  double total = 0, sum = 0;
  for (const auto& [negative, v] : order) total -= negative;
  std::map<std::int64_t, double> out;
  for (const auto& [negative, v] : order) {
    if (sum >= options.top_p * total) break;
    sum -= negative;
    out[v] = -negative;
  }
  for (auto& [v, weight] : out) weight /= sum;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sample_test)

BOOST_AUTO_TEST_CASE(frequencies_are_those_of_the_distribution) {
  struct Case {
    double temperature, top_p;
    std::int64_t top_k;
  };
  const Table table = random_table(21, kVocabulary, 3);
  for (const Case& one :
       {Case{1, 1, 0}, Case{0.5, 1, 0}, Case{2, 1, 0}, Case{1, 1, 4}, Case{1, 0.7, 0}, Case{0.8, 0.8, 5}}) {
    const std::int64_t seed = 22;
    DecodeOptions options = sampling(500, seed);
    options.temperature = one.temperature;
    options.top_k = one.top_k;
    options.top_p = one.top_p;
    double total = 0, statistic = 0;
    const auto counts = draw(table, options, 40, total);
    const auto truth = expected(table, options);
    for (const auto& [v, count] : counts)
      BOOST_TEST(truth.count(v) == 1, "token " << v << " was drawn " << count << " times");
    for (const auto& [v, p] : truth) {
      const double count = counts.count(v) == 1 ? counts.at(v) : 0;
      statistic += (count - total * p) * (count - total * p) / (total * p);
    }
    const double freedom = static_cast<double>(truth.size()) - 1;
    // Wilson and Hilferty: the cube root of chi^2 / k is near normal; 4.75 deviations is p = 1e-6.
    const double bound = freedom * std::pow(1 - 2 / (9 * freedom) + 4.75 * std::sqrt(2 / (9 * freedom)), 3);
    BOOST_TEST_MESSAGE("temperature " << one.temperature << " top_k " << one.top_k << " top_p " << one.top_p
                                      << ": chi^2 " << statistic << " of " << freedom << " degrees, bound " << bound
                                      << ", " << total << " samples, seed " << seed);
    BOOST_TEST(statistic < bound);
  }
}

BOOST_AUTO_TEST_CASE(samples_depend_on_seed_and_number_alone) {
  const Table table = random_table(23, kVocabulary, 3);
  DecodeOptions options = sampling(3, 7);
  options.max_length = 12;
  const std::vector<Ids> sources{{4, 5}, {6}, {7, 8, 9, 4, 5}, {5}};
  TableGenerator generator(table, kVocabulary);
  const std::vector<std::int64_t> numbers{10, 11, 12, 13};
  const auto together = decode(generator, sources_batch(sources), options, numbers);
  options.seed = 8;
  const auto other = decode(generator, sources_batch(sources), options, numbers);
  options.seed = 7;
  int different = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto alone = decode(generator, sources_batch({sources[i]}), options, std::vector<std::int64_t>{numbers[i]});
    for (std::size_t j = 0; j < 3; ++j) {
      BOOST_TEST(alone[0][j].ids == together[i][j].ids, boost::test_tools::per_element());
      different += static_cast<int>(other[i][j].ids != together[i][j].ids);
      double sum = 0;  // the model's own log-probability
      Ids prefix;
      for (const std::int32_t id : together[i][j].ids) {
        sum += log_softmax_of(table(sources[i], prefix))[static_cast<std::size_t>(id)];
        prefix.push_back(id);
      }
      if (together[i][j].finished) sum += log_softmax_of(table(sources[i], prefix))[kEnd];
      BOOST_TEST(std::abs(together[i][j].log_probability - sum) < 1e-4);
    }
  }
  BOOST_TEST(different > 6);  // of 12
}

BOOST_AUTO_TEST_SUITE_END()

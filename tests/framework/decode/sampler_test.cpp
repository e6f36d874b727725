// Samplers: the distribution that each of them and their chain leave, against a plain float64 definition; ties, errors.
#include "strata/decode/sampler.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <set>

#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"
#include "table_generator.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

constexpr std::int64_t kVocabulary = 300;
constexpr std::size_t kRows = 1000;
constexpr std::uint64_t kSeed = 71;

// What a chain is asked for; the values that leave a sampler out are those of DecodeOptions.
struct Asked {
  double temperature = 1, top_p = 1, min_p = 0, repetition_penalty = 1;
  std::int64_t top_k = 0;
};

struct Row {
  std::vector<float> logits;
  std::vector<std::int32_t> prompt, ids;
};

// Row i of 1,000: normal logits of several widths, some excluded; every third row has few different values, so ties.
Row random_row(Rng& random, std::size_t i) {
  Row row;
  const double width = 1 + static_cast<double>(i % 4);
  for (std::int64_t v = 0; v < kVocabulary; ++v) {
    const double z = width * random.normal();
    row.logits.push_back(static_cast<float>(i % 3 == 0 ? std::round(2 * z) / 2 : z));
    if (random.below(10) == 0) row.logits.back() = -INFINITY;
  }
  row.logits[random.below(kVocabulary)] = 0.5F;  // one at least may be drawn
  for (std::uint64_t n = random.below(20); n > 0; --n) {
    row.prompt.push_back(static_cast<std::int32_t>(random.below(kVocabulary)));
    row.ids.push_back(static_cast<std::int32_t>(random.below(30)));  // some of them more than once
  }
  return row;
}

std::vector<double> softmax_of(const std::vector<double>& z) {
  const double highest = *std::max_element(z.begin(), z.end());
  std::vector<double> p;
  double sum = 0;
  for (const double one : z) sum += p.emplace_back(std::exp(one - highest));
  for (double& one : p) one /= sum;
  return p;
}

// The definition, in float64. `margin` is how far the decision about a token is from going the other way: below 1e-6,
// rounding to f32 may decide.
std::vector<double> defined(const Row& row, const Asked& asked, double& margin) {
  std::vector<double> z(row.logits.begin(), row.logits.end());
  std::set<std::int32_t> met(row.prompt.begin(), row.prompt.end());
  met.insert(row.ids.begin(), row.ids.end());
  for (const std::int32_t id : met) {
    double& own = z[static_cast<std::size_t>(id)];
    own = own > 0 ? own / asked.repetition_penalty : own * asked.repetition_penalty;
  }
  std::vector<std::size_t> order(z.size());  // best first, equal ones by id
  const auto sort = [&] {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return z[a] > z[b]; });
  };
  const auto cut = [&](std::size_t count) {
    for (std::size_t i = count; i < order.size(); ++i) z[order[i]] = -INFINITY;
  };
  sort();
  if (asked.temperature == 0) cut(1);
  for (double& own : z) own = asked.temperature == 0 ? own : own / asked.temperature;
  if (asked.top_k > 0) {
    sort();
    cut(static_cast<std::size_t>(asked.top_k));
  }
  if (asked.top_p < 1) {
    sort();
    const std::vector<double> p = softmax_of(z);
    double sum = 0;
    std::size_t count = 0;
    while (count < order.size() && sum < asked.top_p) {
      sum += p[order[count++]];
      margin = std::min(margin, std::abs(sum - asked.top_p));
    }
    cut(count);
  }
  if (asked.min_p > 0) {
    const std::vector<double> p = softmax_of(z);
    const double highest = *std::max_element(p.begin(), p.end());
    for (std::size_t v = 0; v < z.size(); ++v) {
      margin = std::min(margin, std::abs(p[v] / highest - asked.min_p));
      if (p[v] < asked.min_p * highest) z[v] = -INFINITY;
    }
  }
  return softmax_of(z);
}

using Chain = std::vector<std::shared_ptr<Sampler>>;

// By the door that recipes use.
Chain chain_of(const Asked& asked) {
  Chain chain;
  const auto add = [&](const char* name, const char* option, Config value) {
    const Config spec = Config::object({{"type", name}, {option, std::move(value)}});
    chain.push_back(default_registry().make<Sampler>(spec, {kVocabulary}));
  };
  if (asked.repetition_penalty != 1) add("repetition_penalty", "value", asked.repetition_penalty);
  if (asked.temperature != 1) add("temperature", "value", asked.temperature);
  if (asked.top_k > 0) add("top_k", "k", asked.top_k);
  if (asked.top_p < 1) add("top_p", "p", asked.top_p);
  if (asked.min_p > 0) add("min_p", "p", asked.min_p);
  return chain;
}

std::vector<float> applied(const Chain& chain, const Row& row) {
  std::vector<float> logits = row.logits;
  for (const auto& sampler : chain) sampler->apply(logits, {row.prompt, row.ids});
  return logits;
}

DecodeOptions one_token(std::int64_t samples) {
  DecodeOptions options;
  options.search = Search::sample;
  options.n_best = samples;
  options.max_length_ratio = 0;
  options.max_length = 1;
  return options;
}

std::shared_ptr<Sampler> made(const std::string& spec, std::int64_t vocabulary = kVocabulary) {
  return default_registry().make<Sampler>(parse_json(spec, "test"), {vocabulary});
}

// A sampler of somebody else, with a fault by its option.
class OwnSampler final : public Sampler {
 public:
  struct Options {
    std::string does = "ban";
    std::int64_t token = 5;
    void visit(auto& option) {
      option("does", does, "what it does");
      option("token", token, "which token it does it to");
    }
  };
  explicit OwnSampler(const Options& options) : does_(options.does), token_(static_cast<std::size_t>(options.token)) {}
  void apply(std::span<float> logits, const Written& row) const override {
    if (does_ == "ban") logits[token_] = -INFINITY;
    if (does_ == "ban_written") {
      for (const std::int32_t id : row.ids) logits[static_cast<std::size_t>(id)] = -INFINITY;
    }
    if (does_ == "empty") std::fill(logits.begin(), logits.end(), -INFINITY);
    if (does_ == "nan") logits[token_] = NAN;
    if (does_ == "infinite") logits[token_] = INFINITY;
    if (does_ == "revive") logits[token_] = 3;
  }

 private:
  std::string does_;
  std::size_t token_;
};

// A generator of logits in another form.
class Formed final : public Generator {
 public:
  using Form = std::function<Tensor(const Tensor&)>;
  Formed(const Table& table, Form form) : generator_(table, 12), form_(std::move(form)) {}
  std::unique_ptr<State> begin(const TensorBatch& batch) override { return generator_.begin(batch); }
  Tensor step(State& state, const Tensor& ids) override { return form_(generator_.step(state, ids)); }
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override {
    generator_.reorder(state, rows, sentences);
  }

 private:
  TableGenerator generator_;
  Form form_;
};

DecodeOptions with_own(const std::string& spec, std::int64_t samples) {
  static const bool registered = [] {
    default_registry().add<Sampler, OwnSampler>("own_of_sampler_test", "does what the test asks for");
    return true;
  }();
  BOOST_REQUIRE(registered);
  DecodeOptions options = one_token(samples);
  options.samplers =
      parse_options<DecodeOptions>(parse_json("{\"samplers\": " + spec + "}", "test"), &default_registry()).samplers;
  return options;
}

std::vector<Hypothesis> sampled(const Table& table, const DecodeOptions& options) {
  TableGenerator generator(table, 12);
  return decode(generator, sources_batch({{4}}), options)[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampler_test)

BOOST_AUTO_TEST_CASE(distributions_are_those_of_the_definition) {
  const std::vector<std::pair<std::string, Asked>> cases = {
      {"temperature 0.3", {.temperature = 0.3}},
      {"temperature 2", {.temperature = 2}},
      {"temperature 1e-300", {.temperature = 1e-300}},
      {"temperature 0", {.temperature = 0}},
      {"top_k 1", {.top_k = 1}},
      {"top_k 40", {.top_k = 40}},
      {"top_k 400", {.top_k = 400}},
      {"top_p 0.9", {.top_p = 0.9}},
      {"top_p 0.01", {.top_p = 0.01}},
      {"min_p 0.05", {.min_p = 0.05}},
      {"min_p 1", {.min_p = 1}},
      {"repetition_penalty 1.3", {.repetition_penalty = 1.3}},
      {"repetition_penalty 0.8", {.repetition_penalty = 0.8}},
      {"chain", {.temperature = 0.7, .top_p = 0.9, .min_p = 0.02, .repetition_penalty = 1.2, .top_k = 50}},
      {"hot chain", {.temperature = 5, .top_p = 0.5, .min_p = 0.3, .repetition_penalty = 1.1, .top_k = 200}}};
  for (const auto& [name, asked] : cases) {
    Rng random(kSeed, "sampler_test");
    const Chain chain = chain_of(asked);
    double worst = 0;
    std::size_t near = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      const Row row = random_row(random, i);
      double margin = 1;
      const std::vector<double> truth = defined(row, asked, margin);
      // min_p 1 decides between equal probabilities, which no rounding changes.
      if (margin < 1e-6 && asked.min_p < 1) {
        ++near;
        continue;
      }
      const std::vector<float> left = applied(chain, row);
      const std::vector<double> p = softmax_of({left.begin(), left.end()});
      for (std::size_t v = 0; v < p.size(); ++v) {
        if (!(std::abs(p[v] - truth[v]) <= 1e-6))
          BOOST_ERROR(name << ", row " << i << ", token " << v << ": " << p[v] << ", not " << truth[v]);
        worst = std::max(worst, std::abs(p[v] - truth[v]));
      }
    }
    BOOST_TEST_MESSAGE(name << ": largest difference " << worst << ", tolerance 1e-6; " << near << " of " << kRows
                            << " rows left out, where rounding decides; seed " << kSeed);
    BOOST_TEST(near <= kRows / 50);
  }
}

// Of equal logits those with the lowest ids stay.
BOOST_AUTO_TEST_CASE(ties_are_decided_by_the_lower_id) {
  const Row row{{1, 2, 2, -INFINITY, 2, 2, 0}, {}, {}};
  const std::vector<std::pair<std::string, std::vector<std::size_t>>> cases = {
      {R"({"type": "temperature", "value": 0})", {1}}, {R"({"type": "top_k", "k": 1})", {1}},
      {R"({"type": "top_k", "k": 3})", {1, 2, 4}},     {R"({"type": "top_k", "k": 5})", {0, 1, 2, 4, 5}},
      {R"({"type": "top_p", "p": 0.4})", {1, 2}},      {R"({"type": "top_p", "p": 1e-9})", {1}},
      {R"({"type": "min_p", "p": 1})", {1, 2, 4, 5}}};
  for (const auto& [spec, expected] : cases) {
    const std::vector<float> left = applied({made(spec, 7)}, row);
    std::vector<std::size_t> stay;
    for (std::size_t v = 0; v < left.size(); ++v) {
      if (left[v] > -INFINITY) stay.push_back(v);
    }
    BOOST_TEST_CONTEXT(spec) { BOOST_TEST(stay == expected, boost::test_tools::per_element()); }
  }
}

BOOST_AUTO_TEST_CASE(extreme_logits_stay_in_range) {
  constexpr float kMost = std::numeric_limits<float>::max();
  for (const char* spec :
       {R"({"type": "temperature", "value": 1e-30})", R"({"type": "temperature", "value": 100})",
        R"({"type": "top_k", "k": 2})", R"({"type": "top_p", "p": 0.5})", R"({"type": "min_p", "p": 0.5})"}) {
    for (const Row& row : {Row{{kMost, -kMost, 0, kMost}, {}, {}}, Row{{-kMost, -kMost, -INFINITY, -kMost}, {}, {}},
                           Row{{-INFINITY, -5, -INFINITY, -INFINITY}, {}, {}}}) {
      const std::vector<float> left = applied({made(spec, 4)}, row);
      const std::vector<double> p = softmax_of({left.begin(), left.end()});
      double sum = 0;
      for (std::size_t v = 0; v < p.size(); ++v) {
        sum += p[v];
        BOOST_TEST((row.logits[v] > -INFINITY || p[v] == 0), spec << " lets token " << v << " in");
      }
      BOOST_TEST(std::abs(sum - 1) < 1e-12, spec << " leaves " << sum);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_token_outside_the_vocabulary_is_refused) {
  const auto sampler = made(R"({"type": "repetition_penalty", "value": 1.2})", 4);
  check_throws(
      [&] {
        applied({sampler}, {{1, 2, 3, 4}, {4}, {}});
      },
      "E_SHAPE_INDEX", "[repetition_penalty]", "token 4 of a row, among 4 logits");
  check_throws(
      [&] {
        applied({sampler}, {{1, 2, 3, 4}, {}, {-1}});
      },
      "E_SHAPE_INDEX", "[repetition_penalty]", "token -1");
}

// In a search: temperature 0 is greedy search, whatever the seed.
BOOST_AUTO_TEST_CASE(temperature_0_writes_what_greedy_search_writes) {
  const Table table = random_table(31, 12, 6);
  DecodeOptions samples = one_token(3), greedy;
  samples.temperature = 0;
  samples.max_length = greedy.max_length = 9;
  greedy.max_length_ratio = 0;
  greedy.beam_size = 1;
  const std::vector<Hypothesis> best = sampled(table, greedy), drawn = sampled(table, samples);
  for (const Hypothesis& one : drawn) {
    BOOST_TEST(one.ids == best[0].ids, boost::test_tools::per_element());
    BOOST_TEST(std::abs(one.log_probability - best[0].log_probability) < 1e-9);
  }
}

// A penalty as large as may be forbids what is written; ids are those of the row alone.
BOOST_AUTO_TEST_CASE(samplers_see_what_their_row_has_written) {
  const Table table = [](const Ids&, const Ids&) {
    std::vector<float> logits(12, -1);
    logits[kEnd] = -1000;
    return logits;
  };
  DecodeOptions options = with_own(R"([{"type": "own_of_sampler_test", "does": "ban_written"}])", 20);
  options.max_length = 8;  // as many as may be written at all
  for (const Hypothesis& one : sampled(table, options)) {
    BOOST_TEST(one.ids.size() == 8U);
    BOOST_TEST(std::set<std::int32_t>(one.ids.begin(), one.ids.end()).size() == one.ids.size());
  }
  options = one_token(20);
  options.max_length = 8;
  options.repetition_penalty = 100;
  for (const Hypothesis& one : sampled(table, options)) {
    BOOST_TEST(std::set<std::int32_t>(one.ids.begin(), one.ids.end()).size() == one.ids.size());
  }
}

BOOST_AUTO_TEST_CASE(components_follow_the_options_in_the_given_order) {
  const Table table = [](const Ids&, const Ids&) {
    std::vector<float> logits(12, 0);
    for (std::int64_t v = 4; v < 12; ++v) logits[static_cast<std::size_t>(v)] = static_cast<float>(v);
    return logits;
  };
  const auto only = [&](const std::string& spec, std::int64_t top_k) {
    DecodeOptions options = with_own(spec, 30);
    options.top_k = top_k;
    std::set<std::int32_t> drawn;
    for (const Hypothesis& one : sampled(table, options)) drawn.insert(one.ids.at(0));
    return drawn;
  };
  const std::string ban = R"({"type": "own_of_sampler_test", "token": 11})", first = R"({"type": "top_k", "k": 1})";
  BOOST_TEST((only("[" + ban + "]", 2) == std::set<std::int32_t>{10}));  // the option first
  BOOST_TEST((only("[" + ban + ", " + first + "]", 0) == std::set<std::int32_t>{10}));
  check_throws([&] { only("[" + first + ", " + ban + "]", 0); }, "E_PLUGIN_SAMPLER", "[decode]",
               "sampler own_of_sampler_test excludes every token");
}

BOOST_AUTO_TEST_CASE(a_sampler_that_breaks_the_rules_is_named) {
  const Table table = random_table(33, 12);
  for (const auto& [does, token, words] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"empty", "5", "excludes every token; 0 tokens written, 12 logits"},
           {"nan", "5", "makes the logit of token 5 nan"},
           {"infinite", "7", "makes the logit of token 7 inf"},
           {"revive", "1", "lets token 1 in, which was excluded"}}) {
    const std::string spec = R"([{"type": "own_of_sampler_test", "does": ")" + does + R"(", "token": )" + token + "}]";
    check_throws([&] { sampled(table, with_own(spec, 2)); }, "E_PLUGIN_SAMPLER", "[decode]",
                 "sampler own_of_sampler_test " + words);
  }
}

BOOST_AUTO_TEST_CASE(logits_that_are_no_numbers_are_refused) {
  for (const float bad : {NAN, INFINITY}) {
    const Table table = [bad](const Ids&, const Ids&) { return std::vector<float>(12, bad); };
    check_throws([&] { sampled(table, one_token(2)); }, "E_MODEL_LOGITS", "[decode]", "row 0");
  }
}

BOOST_AUTO_TEST_CASE(a_row_that_nothing_may_follow_ends) {
  const Table table = [](const Ids&, const Ids&) {
    std::vector<float> logits(12, -INFINITY);
    logits[kPad] = 1;
    return logits;
  };
  for (const Hypothesis& one : sampled(table, one_token(2))) {
    BOOST_TEST(one.ids.empty());
    BOOST_TEST(!one.finished);
  }
}

// Logits of another type, or with gaps between them, give the samples of the same logits as dense f32.
BOOST_AUTO_TEST_CASE(logits_are_read_in_any_type_and_layout) {
  const Table whole = [](const Ids& source, const Ids& prefix) {  // a 16-bit float holds them, too
    std::vector<float> logits = random_table(35, 12, 8)(source, prefix);
    for (float& z : logits) z = std::round(4 * z) / 4;
    return logits;
  };
  DecodeOptions options = one_token(20);
  options.max_length = 6;
  options.top_p = 0.9;
  const std::vector<Hypothesis> expected = sampled(whole, options);
  const std::vector<std::function<Tensor(const Tensor&)>> forms = {
      [](const Tensor& x) { return cast(x, DType::bf16); }, [](const Tensor& x) { return cast(x, DType::f64); },
      [](const Tensor& x) { return transpose(contiguous(transpose(x))); }};
  for (const auto& form : forms) {
    Formed generator(whole, form);
    const auto found = decode(generator, sources_batch({{4}}), options)[0];
    for (std::size_t i = 0; i < found.size(); ++i) {
      BOOST_TEST(found[i].ids == expected[i].ids, boost::test_tools::per_element());
      BOOST_TEST(std::abs(found[i].log_probability - expected[i].log_probability) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(options_of_samples_are_refused_for_a_beam) {
  const auto refused = [](const std::string& name, const auto& set) {
    DecodeOptions options = one_token(1);
    set(options);
    options.check();
    options.search = Search::beam;
    check_throws([&] { options.check(); }, "E_CONFIG_RANGE", name, "is of samples, and a beam search is asked for");
  };
  refused("temperature", [](DecodeOptions& o) { o.temperature = 0.5; });
  refused("top_k", [](DecodeOptions& o) { o.top_k = 3; });
  refused("top_p", [](DecodeOptions& o) { o.top_p = 0.5; });
  refused("min_p", [](DecodeOptions& o) { o.min_p = 0.5; });
  refused("repetition_penalty", [](DecodeOptions& o) { o.repetition_penalty = 2; });
  refused("samplers", [](DecodeOptions& o) { o.samplers.emplace_back("top_k"); });
}

BOOST_AUTO_TEST_SUITE_END()

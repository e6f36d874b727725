// Metrics as components: values by hand, statistics that add up over ranks, options.
#include "strata/train/metric.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/score/bleu.hpp"

using strata::Metric;

namespace {

std::shared_ptr<Metric> metric(const std::string& spec) {
  return strata::default_registry().make<Metric>(strata::parse_json(spec, "test"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metric_role)

BOOST_AUTO_TEST_CASE(sums_by_hand) {
  const auto loss = metric(R"({"type":"loss"})"), perplexity = metric(R"({"type":"perplexity"})"),
             accuracy = metric(R"({"type":"accuracy"})");
  BOOST_TEST(std::isnan(loss->value()));
  for (const auto& one : {loss, perplexity}) {
    BOOST_TEST(one->part() == "loss");
    one->add(6.0, 2);
    one->add(2.0, 6);
    BOOST_TEST(!one->higher_is_better());
  }
  BOOST_TEST(loss->value() == 1.0);  // 8 nats over 8 tokens, not the mean of 3 and 1/3
  BOOST_TEST(std::abs(perplexity->value() - 2.718281828459045) < 1e-15);
  const auto bits = metric(R"({"type":"bits_per_byte"})");
  BOOST_TEST((bits->per() == Metric::Per::byte));
  BOOST_TEST((loss->per() == Metric::Per::weight));
  bits->add(3 * 0.6931471805599453, 2);
  bits->add(0.6931471805599453, 6);
  BOOST_TEST(std::abs(bits->value() - 0.5) < 1e-15);  // four bits over eight bytes
  BOOST_TEST(!bits->higher_is_better());
  BOOST_TEST(accuracy->part() == "correct");
  accuracy->add(3, 4);
  BOOST_TEST(accuracy->value() == 75.0);
  loss->reset();
  BOOST_TEST(std::isnan(loss->value()));
  BOOST_CHECK_THROW(loss->add("a", "b"), strata::Error);
}

BOOST_AUTO_TEST_CASE(texts_by_hand) {
  const auto exact = metric(R"({"type":"exact_match"})"), tokens = metric(R"({"type":"token_accuracy"})");
  for (const auto& one : {exact, tokens}) {
    BOOST_TEST((one->input() == Metric::Input::text));
    BOOST_TEST(std::isnan(one->value()));
    one->add("1998-03-05", "1998-03-05");
    one->add("a b c", "a x c d");
    BOOST_CHECK_THROW(one->add(1.0, 1.0), strata::Error);
  }
  BOOST_TEST(exact->value() == 50.0);
  BOOST_TEST(tokens->value() == 60.0);
}

BOOST_AUTO_TEST_CASE(scores_are_the_score_rooms) {
  const auto bleu = metric(R"({"type":"bleu","tokenize":"none","lowercase":true})");
  strata::BleuOptions options;
  options.tokenize = strata::BleuTokenize::none;
  options.lowercase = true;
  strata::Bleu direct(options);
  BOOST_TEST(std::isnan(bleu->value()));
  bleu->add("The cat sat on the mat", "the cat sat on a mat");
  direct.add("The cat sat on the mat", "the cat sat on a mat");
  BOOST_TEST(bleu->value() == direct.score().score);
  BOOST_TEST(bleu->signature() == "nrefs:1|case:lc|eff:no|tok:none|smooth:exp|version:strata-0.1.0");
  const auto chrf = metric(R"({"type":"chrf","word_order":2})");
  chrf->add("abc", "abc");
  BOOST_TEST(chrf->value() == 100.0);
  BOOST_TEST(chrf->signature() == "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:strata-0.1.0");
}

// Two ranks' statistics, added elementwise, give the value of all lines.
BOOST_AUTO_TEST_CASE(statistics_add_up_over_ranks) {
  for (const char* name :
       {"loss", "perplexity", "bits_per_byte", "accuracy", "exact_match", "token_accuracy", "bleu", "chrf"}) {
    const std::string spec = std::string(R"({"type":")") + name + "\"}";
    const auto whole = metric(spec), first = metric(spec), second = metric(spec);
    BOOST_TEST(whole->name() == name);
    const auto add = [](Metric& to, const char* hypothesis, const char* reference, double sum) {
      if (to.input() == Metric::Input::text) {
        to.add(hypothesis, reference);
      } else {
        to.add(sum, 4);
      }
    };
    add(*whole, "a b c d e f", "a b c d f e", 3);
    add(*whole, "the cat sat", "the cat sat down", 1);
    add(*first, "a b c d e f", "a b c d f e", 3);
    add(*second, "the cat sat", "the cat sat down", 1);
    std::vector<double> sums = first->statistics();
    BOOST_REQUIRE_EQUAL(sums.size(), second->statistics().size());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += second->statistics()[i];
    first->set_statistics(sums);
    BOOST_TEST(first->value() == whole->value(), name);
    sums.push_back(0);
    BOOST_CHECK_THROW(first->set_statistics(sums), strata::Error);
  }
}

BOOST_AUTO_TEST_CASE(better) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto loss = metric(R"({"type":"loss"})"), bleu = metric(R"({"type":"bleu"})");
  BOOST_TEST(loss->better(1, 2));
  BOOST_TEST(!loss->better(2, 1));
  BOOST_TEST(!loss->better(1, 1));
  BOOST_TEST(bleu->better(2, 1));
  BOOST_TEST(bleu->better(0, nan));
  BOOST_TEST(!bleu->better(nan, 0));
  BOOST_TEST(!bleu->better(nan, nan));
}

BOOST_AUTO_TEST_CASE(bad_options) {
  const auto code = [](const char* spec) {
    try {
      metric(spec);
    } catch (const strata::Error& error) {
      return error.code();
    }
    return std::string("none");
  };
  BOOST_TEST(code(R"({"type":"blue"})") == "E_CONFIG_COMPONENT");
  BOOST_TEST(code(R"({"type":"bleu","tokenise":"13a"})") == "E_CONFIG_UNKNOWN");
  BOOST_TEST(code(R"({"type":"bleu","tokenize":"14a"})") == "E_CONFIG_RANGE");
  BOOST_TEST(code(R"({"type":"chrf","char_order":0})") == "E_CONFIG_RANGE");
}

BOOST_AUTO_TEST_SUITE_END()

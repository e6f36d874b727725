// Beam search against enumeration of every sequence, and against a slow search of one sentence.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "enumerate.hpp"
#include "strata/core/rng.hpp"
#include "strata/device/device.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

constexpr std::int64_t kVocabulary = 7;  // three words beside the specials

// Beam search of one sentence as one would write it down first: 2n best of n*V, stop when n have ended.
std::vector<Scored> slow_beam(const Table& table, const Ids& source, const DecodeOptions& options) {
  struct Live {
    Ids ids;
    double p;
  };
  const auto n = static_cast<std::size_t>(options.beam_size);
  const std::int64_t longest = options.longest(static_cast<std::int64_t>(source.size()));
  std::vector<Live> live{{{}, 0}};
  std::vector<Scored> done;
  const auto better = [](const Scored& a, const Scored& b) { return a.score > b.score; };
  for (std::int64_t length = 1; length <= longest; ++length) {
    struct Next {
      double p;
      std::size_t row;
      std::int64_t token;
    };
    std::vector<Next> all;
    for (std::size_t row = 0; row < live.size(); ++row) {
      const auto p = log_softmax_of(table(source, live[row].ids));
      for (std::size_t v = 0; v < p.size(); ++v) {
        const auto token = static_cast<std::int64_t>(v);
        if (token == kPad || token == kStart || (token == kUnk && !options.allow_unknown)) continue;
        if (token == kEnd && length <= options.min_length) continue;
        all.push_back({live[row].p + p[v], row, token});
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const Next& a, const Next& b) { return a.p > b.p; });
    if (all.size() > 2 * n) all.resize(2 * n);
    std::vector<Live> next;
    for (const Next& one : all) {
      Ids ids = live[one.row].ids;
      if (one.token == kEnd) {
        done.push_back({ids, options.normalised(one.p, length), one.p, true});
      } else if (next.size() < n) {
        ids.push_back(one.token);
        next.push_back({ids, one.p});
      }
    }
    live = next;
    std::stable_sort(done.begin(), done.end(), better);
    if (live.empty()) break;
    if (length < longest && done.size() >= n) {
      const std::int64_t at = options.stop == Stop::exact ? longest : length;
      if (options.stop == Stop::first || options.normalised(live[0].p, at) <= done[n - 1].score) break;
    }
    if (length == longest) {
      for (const Live& one : live) done.push_back({one.ids, options.normalised(one.p, length), one.p, false});
    }
  }
  std::stable_sort(done.begin(), done.end(), better);
  return done;
}

// Largest difference of scores over the outputs that `found` has; ids and their order must agree.
double compare(const std::vector<Hypothesis>& found, const std::vector<Scored>& truth, std::size_t count) {
  BOOST_REQUIRE_EQUAL(found.size(), std::min(count, truth.size()));
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(Ids(found[i].ids.begin(), found[i].ids.end()) == truth[i].ids, boost::test_tools::per_element());
    BOOST_TEST(found[i].finished == truth[i].finished);
    worst = std::max({worst, std::abs(found[i].score - truth[i].score),
                      std::abs(found[i].log_probability - truth[i].log_probability)});
  }
  return worst;
}

std::vector<Ids> random_sources(Rng& rng, std::size_t count, std::uint64_t longest) {
  std::vector<Ids> out(count);
  for (Ids& source : out) {
    source.resize(1 + rng.below(longest));
    for (std::int64_t& id : source) id = kSpecials + static_cast<std::int64_t>(rng.below(5));
  }
  return out;
}

DecodeOptions options_of(std::int64_t beam, std::int64_t n_best) {
  DecodeOptions options;
  options.beam_size = beam;
  options.n_best = n_best;
  options.max_length_ratio = 0;
  options.max_length = 4;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(beam_test)

// A beam that nothing falls out of gives the exact n-best list: 3 words, at most 4 tokens, 121 outputs.
BOOST_AUTO_TEST_CASE(a_wide_beam_equals_enumeration) {
  const std::uint64_t seed = 11;
  Rng rng(seed, "beam_test");
  double worst = 0;
  int compared = 0;
  for (const double alpha : {0.0, 0.6, 1.0, 2.0}) {
    for (const auto penalty : {LengthPenalty::power, LengthPenalty::gnmt}) {
      for (const std::int64_t min_length : {0, 2}) {
        DecodeOptions options = options_of(128, 20);
        options.stop = Stop::exact;
        options.length_normalisation = alpha;
        options.length_penalty = penalty;
        options.min_length = min_length;
        const Table table = random_table(rng.word64(), kVocabulary);
        TableGenerator generator(table, kVocabulary);
        const auto sources = random_sources(rng, 5, 4);
        const auto found = decode(generator, sources_batch(sources), options);
        for (std::size_t i = 0; i < sources.size(); ++i) {
          worst = std::max(worst, compare(found[i], enumerate(table, sources[i], options, kVocabulary), 20));
          ++compared;
        }
      }
    }
  }
  BOOST_TEST_MESSAGE(compared << " n-best lists of 20, seed " << seed << ": largest difference " << worst
                              << ", tolerance 1e-5");
  BOOST_TEST(worst < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_narrow_beam_equals_the_slow_search) {
  const std::uint64_t seed = 12;
  Rng rng(seed, "beam_test");
  double worst = 0;
  int compared = 0;
  for (const auto stop : {Stop::first, Stop::present, Stop::exact}) {
    for (const std::int64_t beam : {2, 3, 5, 8}) {
      DecodeOptions options = options_of(beam, beam);
      options.stop = stop;
      options.max_length_ratio = 1.5;
      options.allow_unknown = beam == 3;
      const Table table = random_table(rng.word64(), 12, 8);
      TableGenerator generator(table, 12);
      const auto sources = random_sources(rng, 9, 6);
      const auto found = decode(generator, sources_batch(sources), options);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        worst =
            std::max(worst, compare(found[i], slow_beam(table, sources[i], options), static_cast<std::size_t>(beam)));
        ++compared;
      }
    }
  }
  BOOST_TEST_MESSAGE(compared << " n-best lists, seed " << seed << ": largest difference " << worst
                              << ", tolerance 1e-5");
  BOOST_TEST(worst < 1e-5);
}

BOOST_AUTO_TEST_CASE(greedy_follows_the_best_token) {
  const std::uint64_t seed = 13;
  Rng rng(seed, "beam_test");
  const Table table = random_table(seed, 12, 8);
  TableGenerator generator(table, 12);
  const DecodeOptions options = options_of(1, 1);
  const auto sources = random_sources(rng, 20, 6);
  const auto found = decode(generator, sources_batch(sources), options);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Ids ids;
    double sum = 0;
    bool finished = false;
    while (static_cast<std::int64_t>(ids.size()) < options.max_length && !finished) {
      const auto p = log_softmax_of(table(sources[i], ids));
      std::int64_t best = kEnd;
      for (std::int64_t v = kSpecials; v < 12; ++v) {
        if (p[static_cast<std::size_t>(v)] > p[static_cast<std::size_t>(best)]) best = v;
      }
      sum += p[static_cast<std::size_t>(best)];
      finished = best == kEnd;
      if (!finished) ids.push_back(best);
    }
    const auto length = static_cast<std::int64_t>(ids.size()) + (finished ? 1 : 0);
    BOOST_TEST(compare(found[i], {{ids, options.normalised(sum, length), sum, finished}}, 1) < 1e-5);
  }
}

// What else is in the batch changes nothing, and rows of sentences that have ended are not computed any more.
BOOST_AUTO_TEST_CASE(a_batch_equals_its_sentences_alone) {
  const std::uint64_t seed = 14;
  Rng rng(seed, "beam_test");
  const Table table = random_table(seed, 12, 8);
  for (const std::int64_t beam : {1, 4}) {
    DecodeOptions options = options_of(beam, beam);
    options.max_length_ratio = 2;
    const auto sources = random_sources(rng, 16, 9);
    TableGenerator together(table, 12);
    const auto batch = decode(together, sources_batch(sources), options);
    std::int64_t rows_alone = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      TableGenerator generator(table, 12);
      const auto alone = decode(generator, sources_batch({sources[i]}), options);
      rows_alone += generator.rows_computed;
      BOOST_REQUIRE_EQUAL(alone[0].size(), batch[i].size());
      for (std::size_t j = 0; j < alone[0].size(); ++j) {
        BOOST_TEST(alone[0][j].ids == batch[i][j].ids, boost::test_tools::per_element());
        BOOST_TEST(alone[0][j].score == batch[i][j].score);
      }
    }
    BOOST_TEST(together.rows_computed == rows_alone);
  }
}

BOOST_AUTO_TEST_CASE(ties_go_to_the_lower_row_and_the_lower_token) {
  // Every word is as likely as every other, </s> less.
  const Table table = [](const Ids&, const Ids& prefix) {
    std::vector<float> logits(kVocabulary, 0);
    logits[kEnd] = prefix.size() < 2 ? -20.F : 20.F;
    return logits;
  };
  TableGenerator generator(table, kVocabulary);
  DecodeOptions options = options_of(4, 4);
  options.max_length = 10;
  const auto found = decode(generator, sources_batch({{4}}), options)[0];
  const std::vector<std::vector<std::int32_t>> expected{{4, 4}, {4, 5}, {4, 6}, {5, 4}};
  BOOST_REQUIRE_EQUAL(found.size(), 4);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(found[i].ids == expected[i], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(length_normalisation_prefers_the_longer_of_equal_rates) {
  // "4" with probability 0.5 a token against "5 5 5" with 0.6 a token: sums choose the first, rates the second.
  const Table table = [](const Ids&, const Ids& prefix) {
    std::vector<float> logits(kVocabulary, -INFINITY);
    const auto set = [&](std::size_t id, double p) { logits[id] = static_cast<float>(std::log(p)); };
    if (prefix.empty()) {
      set(4, 0.3), set(5, 0.6), set(6, 0.1);
    } else if (prefix[0] == 4) {
      set(kEnd, 0.9), set(6, 0.1);
    } else {
      prefix.size() < 4 ? (set(5, 0.7), set(6, 0.3)) : (set(kEnd, 0.7), set(6, 0.3));
    }
    return logits;
  };
  DecodeOptions options = options_of(3, 1);
  options.max_length = 6;
  options.stop = Stop::exact;
  for (const double alpha : {0.0, 1.0}) {
    options.length_normalisation = alpha;
    TableGenerator generator(table, kVocabulary);
    const auto best = decode(generator, sources_batch({{4}}), options)[0][0];
    const auto truth = enumerate(table, {4}, options, kVocabulary)[0];
    BOOST_TEST(best.ids == std::vector<std::int32_t>(truth.ids.begin(), truth.ids.end()),
               boost::test_tools::per_element());
    BOOST_TEST(best.ids.size() == (alpha == 0 ? 1 : 4));
  }
}

BOOST_AUTO_TEST_CASE(the_longest_length_cuts) {
  const Table table = [](const Ids&, const Ids&) {
    return std::vector<float>{0, 0, -INFINITY, 0, 2, 1, 0};  // </s> never
  };
  for (const std::int64_t beam : {1, 3}) {
    DecodeOptions options = options_of(beam, 1);
    options.max_length_ratio = 1.5;
    options.max_length = 2;
    TableGenerator generator(table, kVocabulary);
    const auto found = decode(generator, sources_batch({{4, 4, 4}, {4, 4, 4, 4, 4, 4}}), options);
    BOOST_TEST(found[0][0].ids.size() == 6);  // 1.5 * 3 + 2, rounded down
    BOOST_TEST(found[1][0].ids.size() == 11);
    BOOST_TEST(!found[0][0].finished);
    BOOST_TEST(generator.steps == 11);
  }
}

BOOST_AUTO_TEST_CASE(specials_are_never_written) {
  const Table table = [](const Ids&, const Ids& prefix) {
    return std::vector<float>{9, 9, prefix.size() < 2 ? -9.F : 9.F, 8, 1, 0, 0};
  };
  for (const std::int64_t beam : {1, 2}) {
    DecodeOptions options = options_of(beam, 1);
    TableGenerator generator(table, kVocabulary);
    BOOST_TEST(decode(generator, sources_batch({{4}}), options)[0][0].ids == (std::vector<std::int32_t>{4, 4}),
               boost::test_tools::per_element());
    options.allow_unknown = true;
    BOOST_TEST(decode(generator, sources_batch({{4}}), options)[0][0].ids == (std::vector<std::int32_t>{kUnk, kUnk}),
               boost::test_tools::per_element());
  }
}

// Each token's row is what the model said when it wrote that token, through all the reordering.
BOOST_AUTO_TEST_CASE(alignments_follow_their_hypothesis) {
  const std::uint64_t seed = 15;
  Rng rng(seed, "beam_test");
  const auto sources = random_sources(rng, 8, 6);
  const ContextScope scope;
  context().capture_weights = true;
  for (const std::int64_t beam : {1, 5}) {
    TableGenerator generator(random_table(seed, 12, 8), 12);
    DecodeOptions options = options_of(beam, beam);
    options.max_length = 6;
    const auto found = decode(generator, sources_batch(sources), options);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      for (const Hypothesis& one : found[i]) {
        std::vector<float> expected;
        Ids prefix;
        for (std::size_t t = 0; t < one.ids.size() + (one.finished ? 1 : 0); ++t) {
          const auto row = table_weights(sources[i], prefix, static_cast<std::int64_t>(sources[i].size()) + 1);
          expected.insert(expected.end(), row.begin(), row.end());
          if (t < one.ids.size()) prefix.push_back(one.ids[t]);
        }
        BOOST_TEST(one.source_time == static_cast<std::int64_t>(sources[i].size()) + 1);
        BOOST_TEST(one.alignment == expected, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(logits_that_are_no_numbers_are_refused) {
  for (const std::int64_t beam : {1, 2}) {
    TableGenerator generator([](const Ids&, const Ids&) { return std::vector<float>(kVocabulary, NAN); }, kVocabulary);
    check_throws([&] { decode(generator, sources_batch({{4}}), options_of(beam, 1)); }, "E_MODEL_LOGITS", "[decode]",
                 "row 0");
  }
}

BOOST_AUTO_TEST_CASE(more_outputs_than_beams_are_refused) {
  TableGenerator generator(random_table(1, kVocabulary), kVocabulary);
  check_throws([&] { decode(generator, sources_batch({{4}}), options_of(2, 3)); }, "E_CONFIG_RANGE", "n_best",
               "3 outputs of a beam of 2");
}

BOOST_AUTO_TEST_CASE(a_warm_search_asks_for_no_memory) {
  const std::uint64_t seed = 16;
  Rng rng(seed, "beam_test");
  const auto batch = sources_batch(random_sources(rng, 16, 9));
  TableGenerator generator(random_table(seed, 50, 8), 50);
  DecodeOptions options = options_of(5, 1);
  options.max_length = 20;
  decode(generator, batch, options);
  decode(generator, batch, options);
  const auto before = cpu_memory();
  for (int i = 0; i < 3; ++i) decode(generator, batch, options);
  BOOST_TEST(cpu_memory().system_allocations == before.system_allocations);
  BOOST_TEST(cpu_memory().live == before.live);
}

BOOST_AUTO_TEST_SUITE_END()

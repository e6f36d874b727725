// What an output has to contain, and what searches may be told besides: against enumeration of every sequence.
#include <algorithm>
#include <set>

#include "enumerate.hpp"
#include "strata/decode/ensemble.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

constexpr std::int64_t kVocabulary = 7;  // words 4, 5, 6
constexpr std::uint64_t kSeeds = 20;

DecodeOptions wide() {  // a beam that no sequence falls out of
  DecodeOptions options;
  options.beam_size = 512;
  options.n_best = 1;
  options.max_length_ratio = 0;
  options.max_length = 5;
  return options;
}

Ids ids_of(const Hypothesis& one) { return {one.ids.begin(), one.ids.end()}; }

bool contains(const Ids& ids, const Ids& phrase) {
  return std::search(ids.begin(), ids.end(), phrase.begin(), phrase.end()) != ids.end();
}

Hypothesis best_of(std::uint64_t seed, const DecodeOptions& options, const std::vector<Constraints>& constraints = {}) {
  TableGenerator generator(random_table(seed, kVocabulary), kVocabulary);
  return decode(generator, sources_batch({{4, 5}}), options, {}, constraints)[0][0];
}

// The best sequence that is `wanted`, ended or cut.
template <class Wanted>
Scored truth(std::uint64_t seed, const DecodeOptions& options, const Wanted& wanted) {
  for (const Scored& one : enumerate(random_table(seed, kVocabulary), {4, 5}, options, kVocabulary)) {
    if (wanted(one.ids)) return one;
  }
  BOOST_FAIL("no sequence is wanted");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(constraints)

BOOST_AUTO_TEST_CASE(phrases_are_in_the_best_output_that_has_them) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<Constraints> asked = {{{}, {{6, 5}, {4}}}};
    const Hypothesis found = best_of(seed, wide(), asked);
    const auto wanted = [](const Ids& ids) { return contains(ids, {6, 5}) && contains(ids, {4}); };
    const Scored best = truth(seed, wide(), wanted);
    BOOST_TEST(ids_of(found) == best.ids, boost::test_tools::per_element());
    BOOST_TEST(std::abs(found.score - best.score) < 1e-6);
  }
}

// Token 6 does not end its word: {4} has to stand alone, {6, 5} may not follow a 6, and {5, 6} has to be the end.
BOOST_AUTO_TEST_CASE(phrases_are_whole_words) {
  const auto joins = [](std::int64_t left, std::int64_t right) { return left == 6 && right >= kSpecials; };
  for (const std::vector<Ids>& phrases : {std::vector<Ids>{{6, 5}, {4}}, std::vector<Ids>{{5, 6}}}) {
    const auto holds = [&](const Ids& ids, const Ids& phrase) {
      for (std::size_t i = 0; i + phrase.size() <= ids.size(); ++i) {
        const std::size_t end = i + phrase.size();
        const bool inside = (i > 0 && joins(ids[i - 1], ids[i])) || (end < ids.size() && joins(ids[end - 1], ids[end]));
        if (!inside && std::equal(phrase.begin(), phrase.end(), ids.begin() + static_cast<std::ptrdiff_t>(i)))
          return true;
      }
      return false;
    };
    const auto all = [&](const Ids& ids) {
      return std::all_of(phrases.begin(), phrases.end(), [&](const Ids& phrase) { return holds(ids, phrase); });
    };
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Constraints asked;
      for (const Ids& phrase : phrases) asked.phrases.emplace_back(phrase.begin(), phrase.end());
      asked.joins = joins;
      BOOST_TEST(ids_of(best_of(seed, wide(), {asked})) == truth(seed, wide(), all).ids,
                 boost::test_tools::per_element());
      if (phrases.size() == 1) continue;  // a beam of one writes on behind {5, 6}, again and again
      DecodeOptions narrow = wide();
      narrow.beam_size = 1 + static_cast<std::int64_t>(seed % 4);
      narrow.max_length = 9;
      BOOST_TEST(all(ids_of(best_of(seed, narrow, {asked}))));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_narrow_beam_meets_them_too) {
  for (std::uint64_t seed = 1; seed <= 10 * kSeeds; ++seed) {
    DecodeOptions options = wide();
    options.beam_size = 1 + static_cast<std::int64_t>(seed % 4);
    options.max_length = 9;
    const Hypothesis found = best_of(seed, options, {{{5}, {{6, 6, 4}, {4, 5}}}});
    BOOST_TEST(found.ids.at(0) == 5);
    BOOST_TEST(contains(ids_of(found), {6, 6, 4}));
    BOOST_TEST(contains(ids_of(found), {4, 5}));
  }
}

BOOST_AUTO_TEST_CASE(a_prefix_is_where_the_output_begins) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const std::int64_t width : {1, 512}) {
      DecodeOptions options = wide();
      options.beam_size = width;
      const Hypothesis found = best_of(seed, options, {{{6, 4}, {}}});
      BOOST_REQUIRE(found.ids.size() >= 2U);
      BOOST_TEST(found.ids[0] == 6);
      BOOST_TEST(found.ids[1] == 4);
      if (width == 1) continue;
      const Scored best =
          truth(seed, options, [](const Ids& ids) { return ids.size() >= 2 && ids[0] == 6 && ids[1] == 4; });
      BOOST_TEST(ids_of(found) == best.ids, boost::test_tools::per_element());
    }
  }
}

// After the prefix {6}: token 4 and then 5 or 6, or token 5 and then anything.
BOOST_AUTO_TEST_CASE(what_follows_a_prefix_may_be_one_of_several) {
  const auto wanted = [](const Ids& ids) {
    return ids.size() >= 2 && ids[0] == 6 && (ids[1] == 5 || (ids.size() >= 3 && ids[1] == 4 && ids[2] != 4));
  };
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Constraints asked;
    asked.prefix = {6};
    asked.openings = {{{4, 1}, {5, -1}}, {{5, -1}, {6, -1}}};
    BOOST_TEST(ids_of(best_of(seed, wide(), {asked})) == truth(seed, wide(), wanted).ids,
               boost::test_tools::per_element());
    DecodeOptions narrow = wide();
    narrow.beam_size = 1 + static_cast<std::int64_t>(seed % 4);
    BOOST_TEST(wanted(ids_of(best_of(seed, narrow, {asked}))));
    asked.phrases = {{4, 4}};
    narrow.max_length = 9;
    const Hypothesis both = best_of(seed, narrow, {asked});
    BOOST_TEST(wanted(ids_of(both)));
    BOOST_TEST(contains(ids_of(both), {4, 4}));
  }
}

BOOST_AUTO_TEST_CASE(no_n_gram_twice) {
  const auto once = [](const Ids& ids) {
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      if (!seen.insert({ids[i], ids[i + 1]}).second) return false;
    }
    return true;
  };
  int changed = 0;
  for (std::uint64_t seed = 1; seed <= 3 * kSeeds; ++seed) {
    DecodeOptions options = wide();
    options.min_length = 4;
    const Hypothesis free = best_of(seed, options);
    options.no_repeat_ngram = 2;
    const Hypothesis found = best_of(seed, options);
    const Scored best = truth(seed, options, once);
    BOOST_TEST(ids_of(found) == best.ids, boost::test_tools::per_element());
    changed += free.ids != found.ids ? 1 : 0;
  }
  BOOST_TEST_MESSAGE(changed << " outputs would have repeated a pair");
  BOOST_TEST(changed > 0);
}

BOOST_AUTO_TEST_CASE(what_was_not_looked_at_costs) {
  int changed = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    DecodeOptions options = wide();
    const Hypothesis plain = best_of(seed, options);
    options.coverage_penalty = 3;
    options.stop = Stop::exact;
    const Hypothesis found = best_of(seed, options);
    Scored best{{}, -1e9, 0, false};
    for (Scored one : enumerate(random_table(seed, kVocabulary), {4, 5}, options, kVocabulary)) {
      std::vector<double> looked(3, 0.0);
      Ids prefix;
      for (std::size_t t = 0; t < one.ids.size() + (one.finished ? 1 : 0); ++t) {
        const std::vector<float> weights = table_weights({4, 5}, prefix, 3);
        for (std::size_t i = 0; i < 3; ++i) looked[i] += static_cast<double>(weights[i]);
        if (t < one.ids.size()) prefix.push_back(one.ids[t]);
      }
      for (const double sum : looked) one.score += 3 * std::log(std::clamp(sum, 1e-9, 1.0));
      if (one.score > best.score) best = one;
    }
    BOOST_TEST(ids_of(found) == best.ids, boost::test_tools::per_element());
    BOOST_TEST(std::abs(found.score - best.score) < 1e-5);
    changed += plain.ids != found.ids ? 1 : 0;
  }
  BOOST_TEST_MESSAGE(changed << " outputs change");
  BOOST_TEST(changed > 0);
}

BOOST_AUTO_TEST_CASE(groups_begin_apart) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    DecodeOptions options = wide();
    options.beam_size = options.n_best = options.beam_groups = 3;
    options.diversity = 100;
    options.min_length = 2;
    options.max_length = 3;
    options.stop = Stop::exact;
    TableGenerator generator(random_table(seed, kVocabulary), kVocabulary);
    std::set<std::int32_t> first;
    const auto found = decode(generator, sources_batch({{4, 5}}), options);
    for (const Hypothesis& one : found[0]) first.insert(one.ids.at(0));
    BOOST_TEST(first.size() == 3U);  // three words, three groups
  }
}

BOOST_AUTO_TEST_CASE(an_ensemble_writes_with_the_mean_of_probabilities) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Table a = random_table(seed, kVocabulary), b = random_table(seed + 1000, kVocabulary);
    const Table mean = [&](const Ids& source, const Ids& prefix) {
      const auto p = log_softmax_of(a(source, prefix)), q = log_softmax_of(b(source, prefix));
      std::vector<float> out;
      for (std::size_t i = 0; i < p.size(); ++i) {
        out.push_back(static_cast<float>(std::log((std::exp(p[i]) + std::exp(q[i])) / 2)));
      }
      return out;
    };
    TableGenerator first(a, kVocabulary), second(b, kVocabulary), truth(mean, kVocabulary);
    Ensemble ensemble({&first, &second});
    const std::vector<Ids> sources = {{4, 5}, {6}, {5, 5, 4}};
    const auto found = decode(ensemble, sources_batch(sources), {}), wanted = decode(truth, sources_batch(sources), {});
    for (std::size_t s = 0; s < sources.size(); ++s) {
      BOOST_TEST(found[s][0].ids == wanted[s][0].ids, boost::test_tools::per_element());
      BOOST_TEST(std::abs(found[s][0].log_probability - wanted[s][0].log_probability) < 1e-5);
    }
  }
}

// A member can write no further than its longest output; the ensemble ends with the first that cannot go on.
BOOST_AUTO_TEST_CASE(an_ensemble_is_as_long_as_its_shortest_member) {
  const Table goes_on = [](const Ids&, const Ids&) { return std::vector<float>{0, 0, -9, 0, 0, 0, 9}; };
  TableGenerator seven(goes_on, kVocabulary), four(goes_on, kVocabulary), any(goes_on, kVocabulary);
  seven.longest = 7;
  four.longest = 4;
  BOOST_TEST(Ensemble({&seven, &four}).max_length() == 4);
  BOOST_TEST(Ensemble({&four, &seven}).max_length() == 4);
  BOOST_TEST(Ensemble({&any, &seven, &any}).max_length() == 7);
  BOOST_TEST(Ensemble({&any, &any}).max_length() == 0);
  Ensemble ensemble({&seven, &four});
  const Hypothesis found = decode(ensemble, sources_batch({{4, 5}}), {})[0][0];
  BOOST_TEST(found.ids.size() == 4U);
  BOOST_TEST(!found.finished);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_met_is_refused) {
  const auto refused = [](const Constraints& asked, const std::string& words, DecodeOptions options = wide()) {
    check_throws([&] { best_of(1, options, {asked}); }, "E_DATA_CONSTRAINT", "sentence 1", words);
  };
  refused({{}, {{4, 5, 6, 4, 5}}}, "5 tokens are asked for, and </s>, of an output of at most 5");
  refused({{}, {{4, kUnk}}}, "not in the vocabulary");
  refused({{kEnd}, {}}, "token 2 cannot be written");
  refused({{}, {{}}}, "a phrase without a token");
  Constraints opened;
  opened.openings = {{{4, 1}}, {{5, 2}}, {{6, 3}}, {{4, 4}}, {{5, -1}}};
  refused(opened, "5 tokens are asked for, and </s>, of an output of at most 5");
  opened.openings = {{{4, 1}}, {}};
  refused(opened, "no token can follow");
  opened.openings = {{{4, 2}}};
  refused(opened, "token 4 opens nothing");
  opened.openings = {{{4, 0}}};
  refused(opened, "openings lead back");
  DecodeOptions samples = wide();
  samples.search = Search::sample;
  refused({{4}, {}}, "samples take no constraints", samples);
  check_throws([&] { best_of(1, wide(), {{{99}, {}}}); }, "E_DATA_CONSTRAINT", "[decode]", "token 99");
  DecodeOptions groups = wide();
  groups.beam_groups = 3;
  check_throws([&] { best_of(1, groups); }, "E_CONFIG_RANGE", "beam_groups", "divisor");
}

BOOST_AUTO_TEST_SUITE_END()

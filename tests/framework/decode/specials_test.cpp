// Searches with other special tokens than the standard ones: the same outputs under other ids, and never a token of a
// template.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>

#include "strata/core/rng.hpp"
#include "table_generator.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

constexpr std::int64_t kOld = 12, kControls = 9;

// A vocabulary with other ids: that of `table` in another order, then tokens of a template, which get the largest
// logits of all.
struct Renamed {
  std::vector<std::int64_t> id;  // of each old one
  Table table;
  Specials specials;

  Renamed(const Table& old, Rng& rng, std::int64_t controls) : id(kOld) {
    std::iota(id.begin(), id.end(), 0);
    for (std::size_t i = id.size(); i-- > 1;) std::swap(id[i], id[rng.below(i + 1)]);
    table = [old, controls, renamed = id](const Ids& source, const Ids& prefix) {
      Ids plain;
      for (const std::int64_t one : prefix) {
        plain.push_back(std::find(renamed.begin(), renamed.end(), one) - renamed.begin());
      }
      const std::vector<float> before = old(source, plain);
      std::vector<float> after(static_cast<std::size_t>(kOld + controls), 9);
      for (std::size_t i = 0; i < before.size(); ++i) after[static_cast<std::size_t>(renamed[i])] = before[i];
      return after;
    };
    const auto now = [&](std::int32_t old_id) {
      return static_cast<std::int32_t>(id[static_cast<std::size_t>(old_id)]);
    };
    specials.pad = now(kPad), specials.start = now(kStart), specials.unknown = now(kUnk);
    specials.ends = {now(kEnd)};
    for (std::int64_t i = 0; i < controls; ++i) {
      specials.control["c" + std::to_string(i)] = static_cast<std::int32_t>(kOld + i);
    }
  }

  std::vector<std::int32_t> ids(const std::vector<std::int32_t>& old) const {
    std::vector<std::int32_t> out;
    for (const std::int32_t one : old) out.push_back(static_cast<std::int32_t>(id[static_cast<std::size_t>(one)]));
    return out;
  }
};

DecodeOptions search(std::int64_t beam, std::int64_t n_best) {
  DecodeOptions options;
  options.beam_size = beam, options.n_best = n_best;
  options.max_length_ratio = 0, options.max_length = 6;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_specials)

BOOST_AUTO_TEST_CASE(other_ids_give_the_same_outputs) {
  const std::uint64_t seed = 31;
  Rng rng(seed, "decode_specials");
  BOOST_TEST_MESSAGE("seed " << seed);
  const std::vector<Ids> sources{{4, 5}, {6}, {7, 8, 9, 4, 5}, {5}};
  for (int round = 0; round < 20; ++round) {
    const Table table = random_table(rng.word64(), kOld, 6);
    const Renamed renamed(table, rng, 0);
    TableGenerator old_one(table, kOld), new_one(renamed.table, kOld);
    DecodeOptions options = search(1 + round % 4, 1 + round % 4);
    options.min_length = round % 3;
    options.allow_unknown = round % 5 == 0;
    const auto before = decode(old_one, sources_batch(sources), options);
    options.specials = renamed.specials;
    const auto after = decode(new_one, sources_batch(sources), options);
    for (std::size_t s = 0; s < sources.size(); ++s) {
      BOOST_REQUIRE(before[s].size() == after[s].size());
      for (std::size_t i = 0; i < before[s].size(); ++i) {
        BOOST_TEST(after[s][i].ids == renamed.ids(before[s][i].ids), boost::test_tools::per_element());
        BOOST_TEST(after[s][i].finished == before[s][i].finished);
        BOOST_TEST(std::abs(after[s][i].score - before[s][i].score) < 1e-5);
      }
    }
  }
}

// The tokens of a template are nine times the most probable: what is written is the best of the others at each step.
BOOST_AUTO_TEST_CASE(tokens_of_a_template_are_never_written) {
  Rng rng(32, "decode_specials");
  const std::vector<Ids> sources{{4, 5}, {6}, {7, 8, 9, 4, 5}, {5}};
  for (int round = 0; round < 20; ++round) {
    const Table table = random_table(rng.word64(), kOld, 6);
    const Renamed renamed(table, rng, kControls);
    TableGenerator old_one(table, kOld), new_one(renamed.table, kOld + kControls);
    DecodeOptions options = search(1, 1);
    const auto before = decode(old_one, sources_batch(sources), options);
    options.specials = renamed.specials;
    const auto after = decode(new_one, sources_batch(sources), options);
    for (std::size_t s = 0; s < sources.size(); ++s) {
      BOOST_TEST(after[s][0].ids == renamed.ids(before[s][0].ids), boost::test_tools::per_element());
    }
    for (DecodeOptions other : {search(4, 4), search(1, 3)}) {
      if (other.beam_size == 1) other.search = Search::sample;
      other.specials = renamed.specials;
      for (const auto& outputs : decode(new_one, sources_batch(sources), other)) {
        for (const Hypothesis& one : outputs) {
          for (const std::int32_t id : one.ids) {
            BOOST_TEST(id < kOld);
            BOOST_TEST((id != renamed.specials.pad && id != renamed.specials.start));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(any_of_several_tokens_ends_an_output) {
  const Table table = [](const Ids&, const Ids& prefix) {
    std::vector<float> logits(8, 0);
    logits[prefix.size() == 2 ? 7 : 5] = 4;  // two words, then the second of the ends
    return logits;
  };
  TableGenerator generator(table, 8);
  DecodeOptions options = search(1, 1);
  options.specials.ends = {2, 7};
  const auto found = decode(generator, sources_batch({{4}}), options);
  BOOST_TEST(found[0][0].ids == (std::vector<std::int32_t>{5, 5}), boost::test_tools::per_element());
  BOOST_TEST(found[0][0].finished);

  options.specials.start = -1;
  check_throws([&] { (void)decode(generator, sources_batch({{4}}), options); }, "E_TOKENIZER_VOCABULARY", "[decode]",
               "no token that begins");
}

BOOST_AUTO_TEST_SUITE_END()

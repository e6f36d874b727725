// Philox4x32-10 against the known-answer vectors of the authors' Random123 package (kat_vectors); streams' statistics.
#include "strata/core/philox.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <set>
#include <vector>

#include "strata/core/rng.hpp"

namespace {

struct Answer {
  std::array<std::uint32_t, 4> counter;
  std::array<std::uint32_t, 2> key;
  std::array<std::uint32_t, 4> out;
};

constexpr Answer kAnswers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(philox)

BOOST_AUTO_TEST_CASE(gives_the_published_answers) {
  for (const Answer& answer : kAnswers) {
    const auto& c = answer.counter;
    const std::uint64_t key = answer.key[0] | (std::uint64_t{answer.key[1]} << 32U);
    const strata::PhiloxBlock out = strata::philox4x32({{c[0], c[1], c[2], c[3]}}, key);
    BOOST_TEST(std::to_array(out.word) == answer.out, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(uniform_stays_below_one) {
  BOOST_TEST(strata::philox_uniform(0) == 0.0F);
  BOOST_TEST(strata::philox_uniform(0xffffffffU) < 1.0F);
}

BOOST_AUTO_TEST_CASE(uniform_and_normal_have_their_moments) {
  constexpr int kCount = 200000;
  double mean = 0, normal_mean = 0, square = 0, fourth = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto block = strata::philox4x32({{i, 0, 0, 0}}, strata::hash64(1, "moments"));
    mean += strata::philox_uniform(block.word[0]);
    const double z = strata::philox_normal(block.word[1], block.word[2], i % 2 == 1);
    normal_mean += z, square += z * z, fourth += z * z * z * z;
  }
  // Five standard errors each: sqrt(1/12/n), sqrt(1/n), sqrt(2/n), sqrt(96/n).
  BOOST_TEST(std::abs(mean / kCount - 0.5) < 0.0033);
  BOOST_TEST(std::abs(normal_mean / kCount) < 0.0112);
  BOOST_TEST(std::abs(square / kCount - 1.0) < 0.0159);
  BOOST_TEST(std::abs(fourth / kCount - 3.0) < 0.11);
}

BOOST_AUTO_TEST_CASE(keys_of_near_paths_and_seeds_differ) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const char* path : {"", "a", "b", "layers.0", "layers.1", "layers.10"})
      keys.insert(strata::hash64(seed, path));
  }
  BOOST_TEST(keys.size() == 600U);
}

BOOST_AUTO_TEST_CASE(a_stream_goes_on_from_its_position) {
  strata::Rng whole(7, "data");
  for (int i = 0; i < 5; ++i) whole.word();
  strata::Rng again(whole.key(), whole.position());
  BOOST_TEST(whole.word64() == again.word64());
}

BOOST_AUTO_TEST_CASE(below_is_even_and_shuffle_keeps_all) {
  strata::Rng rng(3, "below");
  std::array<int, 7> count{};
  for (int i = 0; i < 70000; ++i) ++count[rng.below(7)];
  for (const int n : count) BOOST_TEST(std::abs(n - 10000) < 470);  // five standard deviations
  std::vector<int> values(50);
  std::iota(values.begin(), values.end(), 0);
  const std::vector<int> before = values;
  rng.shuffle(values);
  BOOST_TEST((values != before));
  std::sort(values.begin(), values.end());
  BOOST_TEST(values == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

// evaluate_text: each token is counted once, after as many others as promised, in windows of any size; and refusals.
#include "strata/run/evaluate_text.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "framework/run/mirror.hpp"
#include "framework/run/spy_lm.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;
using strata_test::Folder;

namespace {

// Numbers from 4 on: no two tokens are equal.
std::string numbers(std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += std::to_string(i + kSpecials) + (i % 9 == 8 ? "\n" : " ");
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluate_text_)

// -log p is 1 for one number alone, so that the sum says how often that number was counted.
BOOST_AUTO_TEST_CASE(each_token_is_counted_once) {
  const Folder folder;
  const auto tokenizer = std::make_shared<Numbers>();
  for (const bool start : {false, true}) {
    const std::int64_t first = start ? 0 : 1;  // the first number that is predicted
    for (const std::int64_t count : {2, 3, 8, 23}) {
      const std::string file = folder.write("numbers.txt", numbers(count));
      for (const std::int64_t context : {1, 2, 5, 22, 64}) {
        for (std::int64_t stride = 1; stride <= std::min<std::int64_t>(context, 9); ++stride) {
          for (std::int64_t one = 0; one < count; ++one) {
            const auto spy = std::make_shared<SpyLm>(
                [&](const SpyLm::Row& row, std::size_t at) { return row[at] == one + kSpecials ? -1.0 : 0.0; },
                context);
            const TextReport report = evaluate_text(with_tokenizer(spy, tokenizer, start), {file, 0, stride, {3, 64}});
            BOOST_TEST(report.nll == (one >= first ? 1 : 0), "number " << one << " of " << count << ", context "
                                                                       << context << ", stride " << stride << ", start "
                                                                       << start << ": " << report.nll << " times");
            BOOST_TEST(report.counted == count - first);
            BOOST_TEST(report.tokens == count);
            for (const SpyLm::Row& row : spy->rows) BOOST_TEST(static_cast<std::int64_t>(row.size()) <= context + 1);
          }
        }
      }
    }
  }
}

// -log p is 1 for a token with fewer than `least` others before it in its window, so that the sum counts these.
BOOST_AUTO_TEST_CASE(a_counted_token_sees_context_minus_stride_others_at_least) {
  const Folder folder;
  const std::string file = folder.write("numbers.txt", numbers(50));
  for (const std::int64_t context : {4, 7, 12}) {
    for (std::int64_t stride = 1; stride <= context; ++stride) {
      std::vector<double> nll;  // for `least` 0, 1, ...
      for (std::int64_t least = 0; least <= context; ++least) {
        const auto spy = std::make_shared<SpyLm>(
            [&](const SpyLm::Row&, std::size_t at) { return static_cast<std::int64_t>(at) < least ? -1.0 : 0.0; }, 0);
        nll.push_back(evaluate_text(with_tokenizer(spy, std::make_shared<Numbers>()), {file, context, stride, {}}).nll);
      }
      // Only tokens at the beginning of the text have fewer than context - stride before them: numbers 1, 2, ...
      for (std::int64_t least = 0; least <= context - stride; ++least) {
        BOOST_TEST(nll[static_cast<std::size_t>(least)] == static_cast<double>(std::max<std::int64_t>(0, least - 1)),
                   "context " << context << ", stride " << stride << ", " << least);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_context_is_that_of_the_model_and_windows_share_batches) {
  const Folder folder;
  const std::string file = folder.write("numbers.txt", "\xEF\xBB\xBF" + numbers(100) + " 5000 unknown\n");
  const auto spy = std::make_shared<SpyLm>([](const SpyLm::Row&, std::size_t) { return -0.5; }, 16);
  const LoadedModel loaded = with_tokenizer(spy, std::make_shared<Numbers>());
  const TextReport report = evaluate_text(loaded, {file, 0, 0, {4, 8192}});
  BOOST_TEST(report.context == 16);
  BOOST_TEST(report.stride == 8);
  BOOST_TEST(report.windows == 12);  // 16 tokens, then 85 by 8
  BOOST_TEST(spy->batches == 3);
  BOOST_TEST(report.tokens == 102);
  BOOST_TEST(report.unknown == 2);
  BOOST_TEST(report.words == 102);
  BOOST_TEST(report.bytes == static_cast<std::int64_t>(numbers(100).size()) + 14);
  BOOST_TEST(std::abs(report.loss() - 0.5) < 1e-12);
}

BOOST_AUTO_TEST_CASE(refusals) {
  const Folder folder;
  const auto spy = [](std::int64_t context) {
    return with_tokenizer(std::make_shared<SpyLm>([](const SpyLm::Row&, std::size_t) { return -1.0; }, context),
                          std::make_shared<Numbers>());
  };
  const std::string file = folder.write("numbers.txt", numbers(20)), empty = folder.write("empty.txt", ""),
                    one = folder.write("one.txt", "7\n"), broken = folder.write("broken.txt", "7 8 \xff 9");
  check_throws(
      [&] {
        (void)evaluate_text(spy(16), {file, 17, 0, {}});
      },
      "E_CONFIG_RANGE", "context", "17 is above 16, the context of the model");
  check_throws(
      [&] {
        (void)evaluate_text(spy(16), {file, 8, 9, {}});
      },
      "E_CONFIG_RANGE", "stride", "9 is above the context, 8");
  check_throws([&] { (void)evaluate_text(spy(0), {file, 0, 9, {}}); }, "E_CONFIG_RANGE", "stride", "without a context");
  check_throws([&] { (void)evaluate_text(spy(16), {empty, 0, 0, {}}); }, "E_DATA_EMPTY", empty, "0 bytes");
  check_throws([&] { (void)evaluate_text(spy(16), {one, 0, 0, {}}); }, "E_DATA_EMPTY", one, "none is predicted");
  check_throws([&] { (void)evaluate_text(spy(16), {broken, 0, 0, {}}); }, "E_DATA_UTF8", broken, "byte 5");
  check_throws(
      [&] {
        (void)evaluate_text(spy(16), {folder.path("none"), 0, 0, {}});
      },
      "E_DATA_MISSING", folder.path("none"), "");
  const auto nan = with_tokenizer(
      std::make_shared<SpyLm>([](const SpyLm::Row&, std::size_t at) { return at == 3 ? std::nan("") : -1.0; }, 16),
      std::make_shared<Numbers>());
  check_throws([&] { (void)evaluate_text(nan, {file, 0, 0, {}}); }, "E_MODEL_LOGITS", "eval --text", "token 3 of 16");
  LoadedModel pairs;
  pairs.model = std::make_shared<Mirror>();
  pairs.tokenizers = letters();
  check_throws([&] { (void)evaluate_text(pairs, {file, 0, 0, {}}); }, "E_MODEL_CAPABILITY", "eval --text", "no Scorer");
}

BOOST_AUTO_TEST_SUITE_END()

// Prefetcher: order, bounded lead, errors after what came before them, a clean end at any moment.
#include "strata/data/prefetcher.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "framework/data/folder.hpp"
#include "strata/core/error.hpp"

using namespace strata;
using strata_test::check_error;

namespace {

BatchSource count_to(std::int64_t end, std::atomic<std::int64_t>* made = nullptr) {
  return [end, made, at = std::int64_t{0}]() mutable -> std::optional<Batch> {
    if (at == end) return std::nullopt;
    Batch batch;
    batch.position = at++;
    if (made != nullptr) ++*made;
    return batch;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prefetcher)

BOOST_AUTO_TEST_CASE(hands_out_all_in_order) {
  for (const std::int64_t depth : {0, 1, 4, 1000}) {
    Prefetcher batches(count_to(100), depth);
    for (std::int64_t i = 0; i < 100; ++i) BOOST_TEST(batches.next()->position == i);
    BOOST_TEST(!batches.next());
    BOOST_TEST(!batches.next());
  }
}

BOOST_AUTO_TEST_CASE(stays_within_its_depth) {
  std::atomic<std::int64_t> made{0};
  Prefetcher batches(count_to(100, &made), 3);
  for (std::int64_t taken = 0; taken < 10; ++taken) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    BOOST_TEST(made.load() <= taken + 3);
    batches.next();
  }
}

BOOST_AUTO_TEST_CASE(errors_come_after_what_came_before) {
  const auto source = [inner = count_to(5)]() mutable -> std::optional<Batch> {
    std::optional<Batch> batch = inner();
    if (!batch) throw Error("E_DATA_UTF8", "train.en:6", "byte 1 is not valid UTF-8");
    return batch;
  };
  Prefetcher batches(source);
  for (std::int64_t i = 0; i < 5; ++i) BOOST_TEST(batches.next()->position == i);
  check_error([&] { batches.next(); }, "E_DATA_UTF8", "train.en:6", "byte 1");
  check_error([&] { batches.next(); }, "E_DATA_UTF8", "train.en:6", "byte 1");
}

BOOST_AUTO_TEST_CASE(ends_at_any_moment) {
  for (int i = 0; i < 50; ++i) {
    Prefetcher batches(count_to(1000000), 2);
    for (int j = 0; j < i % 5; ++j) batches.next();
  }
}

BOOST_AUTO_TEST_SUITE_END()

// parallel_for: the same blocks whatever the number of threads, each element once, errors, several callers.
#include "strata/device/parallel.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace strata;
using Ranges = std::set<std::pair<std::int64_t, std::int64_t>>;

class Threads {
 public:
  explicit Threads(int count) : before_(thread_count()) { set_thread_count(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { set_thread_count(before_); }

 private:
  int before_;
};

Ranges ranges_of(std::int64_t begin, std::int64_t end, std::int64_t grain) {
  std::mutex guard;
  Ranges out;
  parallel_for(begin, end, grain, [&](std::int64_t first, std::int64_t last) {
    const std::lock_guard lock(guard);
    out.insert({first, last});
  });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parallel)

BOOST_AUTO_TEST_CASE(blocks_depend_on_the_range_and_the_grain_alone) {
  for (const std::int64_t size : {1, 2, 31, 32, 33, 1000, 100'000}) {
    for (const std::int64_t grain : {0, 1, 7, 500}) {
      const Threads one(1);
      const Ranges expected = ranges_of(5, 5 + size, grain);
      std::int64_t at = 5;
      for (const auto& [first, last] : expected) {  // they cover the range in order
        BOOST_TEST(first == at);
        BOOST_TEST((last - first >= grain || expected.size() == 1));
        at = last;
      }
      BOOST_TEST(at == 5 + size);
      BOOST_TEST(expected.size() <= 32U);
      for (const int threads : {2, 7, 40}) {
        const Threads scope(threads);
        BOOST_TEST((ranges_of(5, 5 + size, grain) == expected));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_range_calls_nothing) { BOOST_TEST(ranges_of(3, 3, 1).empty()); }

BOOST_AUTO_TEST_CASE(each_element_is_visited_once_by_a_worker_of_the_team) {
  for (const int threads : {1, 2, 7, 40}) {
    const Threads scope(threads);
    for (int round = 0; round < 300; ++round) {
      std::vector<std::atomic<int>> visits(500);
      std::atomic<bool> outside{false};
      parallel_for(0, 500, 3, [&](std::int64_t first, std::int64_t last) {
        if (worker_index() < 0 || worker_index() >= threads) outside = true;
        for (std::int64_t i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      for (const auto& count : visits) BOOST_REQUIRE(count == 1);
      BOOST_REQUIRE(!outside);
    }
  }
}

BOOST_AUTO_TEST_CASE(fewer_threads_after_more_are_fewer) {
  const Threads many(9);
  (void)ranges_of(0, 100, 1);
  for (int round = 0; round < 300; ++round) {
    const Threads two(2);
    std::atomic<int> largest{0};
    parallel_for(0, 32, 1, [&](std::int64_t, std::int64_t) {
      for (int seen = largest; worker_index() > seen && !largest.compare_exchange_weak(seen, worker_index());) {
      }
    });
    BOOST_REQUIRE(largest < 2);
  }
}

BOOST_AUTO_TEST_CASE(a_nested_call_has_the_same_blocks) {
  const Threads scope(4);
  const Ranges expected = ranges_of(0, 77, 2);
  std::mutex guard;
  std::vector<Ranges> seen;
  parallel_for(0, 16, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      Ranges inner = ranges_of(0, 77, 2);
      const std::lock_guard lock(guard);
      seen.push_back(std::move(inner));
    }
  });
  BOOST_TEST(seen.size() == 16U);
  for (const Ranges& inner : seen) BOOST_TEST((inner == expected));
}

BOOST_AUTO_TEST_CASE(the_first_failed_block_is_what_is_thrown_and_the_pool_lives_on) {
  for (const int threads : {1, 5}) {
    const Threads scope(threads);
    for (int round = 0; round < 50; ++round) {
      std::string thrown;
      try {
        parallel_for(0, 32, 1, [](std::int64_t first, std::int64_t) {
          if (first >= 7) throw std::runtime_error("block " + std::to_string(first));
        });
      } catch (const std::runtime_error& fault) {
        thrown = fault.what();
      }
      BOOST_REQUIRE(thrown == "block 7");
      BOOST_REQUIRE(ranges_of(0, 64, 1).size() == 32U);
    }
  }
}

BOOST_AUTO_TEST_CASE(several_threads_may_call_at_once) {
  const Threads scope(3);
  std::atomic<std::int64_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        parallel_for(0, 1000, 10, [&](std::int64_t first, std::int64_t last) { total += last - first; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  BOOST_TEST(total == 4 * 300 * 1000);
}

BOOST_AUTO_TEST_CASE(threads_sleep_between_calls_and_wake) {
  const Threads scope(4);
  for (int round = 0; round < 20; ++round) {
    BOOST_TEST(ranges_of(0, 64, 1).size() == 32U);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // longer than anybody spins
  }
}

BOOST_AUTO_TEST_SUITE_END()

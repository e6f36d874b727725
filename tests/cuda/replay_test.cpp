// Device::record on the device "cuda": work that is taken down runs when it is replayed, as often as it is, on the same
// addresses, which nothing else gets.
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/on_card.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;

namespace {

constexpr std::int64_t kCount = 1000;

struct OnCard : strata_test::OnCard {
  OnCard() { context().recording = false; }
};

Tensor filled(double value) { return Tensor::full({kCount}, value); }
void check_all(const Tensor& x, double value) {
  for (const double one : x.to_doubles()) BOOST_REQUIRE_EQUAL(one, value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_replay)

BOOST_AUTO_TEST_CASE(it_runs_when_it_is_replayed) {
  const OnCard card;
  const Tensor total = Tensor::zeros({kCount}), step = filled(1);
  const auto recording = card.device().record([&] { add_in_place(total, affine(step, 2, 1)); });
  check_all(total, 0);
  for (int i = 0; i < 3; ++i) recording->replay();
  check_all(total, 9);
  copy_into(step, filled(2));  // what changes between replays is a tensor
  recording->replay();
  check_all(total, 14);
}

BOOST_AUTO_TEST_CASE(it_asks_for_nothing_and_waits_for_nothing) {
  const OnCard card;
  const Tensor total = Tensor::zeros({kCount}), step = filled(1);
  const auto recording = card.device().record([&] { add_in_place(total, affine(step, 2, 1)); });
  recording->replay();
  card.device().synchronize();
  const std::int64_t blocks = card.count("allocations"), waits = card.count("waits"), replays = card.count("replays");
  for (int i = 0; i < 20; ++i) recording->replay();
  BOOST_TEST(card.count("allocations") == blocks);
  BOOST_TEST(card.count("waits") == waits);
  BOOST_TEST(card.count("replays") == replays + 20);
}

// Its temporaries are released when the recording ends, and are still written by every replay.
BOOST_AUTO_TEST_CASE(its_blocks_are_nobody_elses) {
  const OnCard card;
  const Tensor x = filled(3);
  Tensor out;
  const auto recording = card.device().record([&] { out = affine(affine(x, 2, 0), 2, 1); });
  std::vector<Tensor> others;
  for (int i = 0; i < 8; ++i) others.push_back(filled(-1 - i));
  recording->replay();
  check_all(out, 13);
  for (int i = 0; i < 8; ++i) check_all(others[static_cast<std::size_t>(i)], -1 - i);
}

BOOST_AUTO_TEST_CASE(a_host_that_looks_is_refused) {
  const OnCard card;
  const Tensor x = filled(3);
  const auto refused = [&](auto look, const std::string& what) {
    check_throws([&] { (void)card.device().record([&] { look(); }); }, "E_DEVICE_RECORD", "cuda:0", what);
  };
  refused([&] { (void)sum(x).item(); }, "a copy to the host");
  refused([&] { (void)Tensor::from(std::vector<float>{1}, {1}); }, "a copy from the host");
  refused([&] { card.device().synchronize(); }, "a wait");
  refused([&] { (void)card.device().record([] {}); }, "a recording within a recording");
  check_all(affine(x, 2, 0), 6);  // as if nothing had been
  try {
    (void)card.device().record([&] { (void)sum(x).item(); });
  } catch (const Error& error) {  // whichever of the two it was
    for (const char* option : {"train.replay", "decode.replay"}) {
      BOOST_TEST(error.hint().find(option) != std::string::npos, error.hint());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

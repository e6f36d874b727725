// Copies from the host that cross beside the queue: what they give whenever they cross, and that they do. The stand-in
// for the driver runs them as late as it may, or with FAKE_CUDA_EARLY before all that the queue holds.
#include <algorithm>
#include <memory>
#include <vector>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "cuda/on_card.hpp"
#include "cuda/stand_in.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::cuda_device;
using strata_test::Variable;

namespace {

constexpr std::size_t kBuffer = std::size_t{4} << 20U;  // of pinned memory, four of them
constexpr std::size_t kSmall = 1000, kLarge = 3'000'017;

struct OnCard : strata_test::OnCard {
  OnCard() { context().recording = false; }
};

std::vector<float> numbers(std::size_t count, std::size_t seed) {
  std::vector<float> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<float>((i * 2654435761U + seed * 97) % 65536);
  return all;
}
Tensor there(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}
void put(const OnCard& card, const Tensor& to, std::vector<float> values) {
  card.device().copy_from_host(to.view().data, values.data(), values.size() * sizeof(float));
  std::fill(values.begin(), values.end(), -1.0F);  // the caller's memory is free when the call returns
}
void check_all(const Tensor& x, const std::vector<float>& want, float factor, const std::string& what) {
  const std::vector<double> got = x.to_doubles();
  BOOST_REQUIRE(got.size() == want.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < want.size(); ++i) wrong += got[i] != static_cast<double>(want[i]) * factor ? 1U : 0U;
  BOOST_TEST(wrong == 0U, what << ": " << wrong << " of " << want.size() << " elements are others");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_staging)

// Small ones and large ones by turns into the same tensors, each read by a kernel before and after: 48 MB without a
// wait for any of it, three times round the ring.
BOOST_DATA_TEST_CASE(copies_are_in_the_order_of_the_queue, boost::unit_test::data::make({"0", "1"}), early) {
  const Variable when("FAKE_CUDA_EARLY", early);
  const OnCard card;
  const std::vector<std::size_t> sizes{kSmall, kLarge, 40'000, 17};
  std::vector<Tensor> into;
  for (const std::size_t size : sizes) into.push_back(Tensor::zeros({static_cast<std::int64_t>(size)}));
  std::vector<Tensor> read;
  for (std::size_t round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      put(card, into[i], numbers(sizes[i], round));
      read.push_back(affine(into[i], 2, 0));  // in the queue: the next round's copy may not overtake it
    }
  }
  for (std::size_t i = read.size(); i-- > 0;) {
    check_all(read[i], numbers(sizes[i % sizes.size()], i / sizes.size()), 2, "copy " + std::to_string(i));
  }
}

// A block that is released is the next one's, whose copy comes while kernels that read the first are in the queue.
BOOST_DATA_TEST_CASE(a_block_handed_out_again, boost::unit_test::data::make({"0", "1"}), early) {
  const Variable when("FAKE_CUDA_EARLY", early);
  const OnCard card;
  Tensor first = there(numbers(kLarge, 1));
  const void* block = first.view().data;
  const Tensor read = affine(first, 3, 0);
  first = Tensor();
  const Tensor second = there(numbers(kLarge, 2));
  BOOST_REQUIRE(second.view().data == block);
  check_all(read, numbers(kLarge, 1), 3, "the first");
  check_all(second, numbers(kLarge, 2), 1, "the second");
}

BOOST_AUTO_TEST_CASE(one_wait_where_the_ring_is_full_and_a_count_for_each_transfer) {
  const OnCard card;
  const std::size_t count = kBuffer / sizeof(float);
  const Tensor to = Tensor::zeros({static_cast<std::int64_t>(count)});
  card.device().synchronize();
  const std::int64_t waits = card.count("waits"), copies = card.count("copies in"), blocks = card.count("allocations");
  for (std::size_t i = 0; i < 4; ++i) put(card, to, numbers(count, i));
  BOOST_TEST(card.count("waits") == waits);
  put(card, to, numbers(count, 4));
  BOOST_TEST(card.count("waits") == waits + 1);
  BOOST_TEST(card.count("copies in") == copies + 5);
  BOOST_TEST(card.count("allocations") == blocks);
  check_all(to, numbers(count, 4), 1, "the last");
}

// What the host reads of several tensors comes with one wait; of a view, only the stretch that it stands in.
BOOST_AUTO_TEST_CASE(tensors_are_read_together) {
  const OnCard card;
  const std::int64_t rows = 300, columns = 700;
  const std::vector<float> first = numbers(static_cast<std::size_t>(rows * columns), 1), second = numbers(17, 2);
  const Tensor matrix = Tensor::from(first, {rows, columns}), few = there(second);
  const Tensor part = slice(transpose(matrix), 0, 5, 9);  // [4,300]
  const Tensor counts = Tensor::from(std::vector<std::int64_t>{-1, std::int64_t{1} << 40}, {2});
  const Tensor none = Tensor::zeros({0, 3}), flags = Tensor::from(std::vector<std::int64_t>{0, 2}, {2});
  card.device().synchronize();
  const std::int64_t waits = card.count("waits"), copies = card.count("copies out");
  const Tensor asked[] = {part, few, counts, none, matrix, flags};
  const std::vector<std::vector<double>> read = to_doubles(asked);
  BOOST_TEST(card.count("waits") <= waits + 1);
  BOOST_TEST(card.count("copies out") == copies + 5);
  BOOST_REQUIRE(read.size() == std::size(asked));
  std::vector<double> turned;
  for (std::int64_t column = 5; column < 9; ++column) {
    for (std::int64_t row = 0; row < rows; ++row) {
      turned.push_back(static_cast<double>(first[static_cast<std::size_t>(row * columns + column)]));
    }
  }
  BOOST_TEST((read[0] == turned));
  BOOST_TEST((read[1] == std::vector<double>(second.begin(), second.end())));
  BOOST_TEST((read[2] == std::vector<double>{-1, 0x1p40}));
  BOOST_TEST(read[3].empty());
  BOOST_TEST((read[4] == std::vector<double>(first.begin(), first.end())));
  BOOST_TEST((read[5] == std::vector<double>{0, 2}));
}

// Both buffers several times over, with small ones between.
BOOST_AUTO_TEST_CASE(more_than_the_buffers_hold_is_read_together) {
  const OnCard card;
  const std::vector<std::size_t> sizes{3, kLarge, 100, kBuffer, kLarge, 5};
  std::vector<Tensor> asked;
  for (std::size_t i = 0; i < sizes.size(); ++i) asked.push_back(there(numbers(sizes[i], i)));
  const std::vector<std::vector<double>> read = to_doubles(asked);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::vector<float> want = numbers(sizes[i], i);
    BOOST_TEST((read[i] == std::vector<double>(want.begin(), want.end())), "tensor " << i);
  }
}

// The copy that breaks the context is behind a kernel when it is small, and beside it when it is large.
BOOST_AUTO_TEST_CASE(large_copies_do_not_wait_for_the_queue_and_their_faults_stay) {
  const Variable when("FAKE_CUDA_EARLY", "1");
  const OnCard card;
  const Tensor small = Tensor::zeros({kSmall}), large = Tensor::zeros({kLarge});
  {
    const Variable breaks("FAKE_CUDA_BREAK", "1");
    put(card, small, numbers(kSmall, 0));
    check_throws([&] { put(card, large, numbers(kLarge, 0)); }, "E_DEVICE_LOST", "cuda:0", "719");
  }
  check_throws([&] { put(card, small, numbers(kSmall, 0)); }, "E_DEVICE_LOST", "cuda:0", "719");
  check_throws([&] { card.device().synchronize(); }, "E_DEVICE_LOST", "cuda:0", "719");
  strata_test::mend();
}

// 1 GiB is there, 16 MiB of it for each device that is: 100 in turn, each ended with a copy under way.
BOOST_AUTO_TEST_CASE(the_end_gives_back_all) {
  const std::vector<float> values = numbers(kLarge, 1);
  for (int i = 0; i < 100; ++i) {
    const auto device = cuda_device(R"("cuda")");
    void* block = device->allocate(kLarge * sizeof(float));
    device->copy_from_host(block, values.data(), values.size() * sizeof(float));
    device->release(block, kLarge * sizeof(float));
  }
}

BOOST_AUTO_TEST_CASE(a_start_without_room_says_so_and_can_be_tried_again) {
  constexpr std::size_t kPiece = std::size_t{8} << 20U;
  const auto first = cuda_device(R"("cuda")"), second = cuda_device(R"("cuda")");
  std::vector<void*> pieces;
  const auto fill = [&] {
    for (;;) pieces.push_back(first->allocate(kPiece));
  };
  check_throws(fill, "E_MEMORY_EXHAUSTED", "cuda:0", "8388608 bytes");
  for (int i = 0; i < 2; ++i) {
    check_throws([&] { (void)second->allocate(1); }, "E_MEMORY_EXHAUSTED", "cuda:0", "16777216 bytes, through which");
  }
  for (void* piece : pieces) first->release(piece, kPiece);
  check_throws([&] { (void)first->allocate(std::size_t{2} << 30U); }, "E_MEMORY_EXHAUSTED", "cuda:0", "");
  void* block = second->allocate(1);
  second->release(block, 1);
}

BOOST_AUTO_TEST_SUITE_END()

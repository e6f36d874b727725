// The device "cuda" over a driver that is not one (fake/driver.cpp), chosen by the library path: memory, copies in the
// queue's order, what runs out and what breaks.
#include "strata/device/device.hpp"

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "cuda/stand_in.hpp"
#include "strata/core/error.hpp"
#include "strata/tensor/tensor.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::cuda_device;
using strata_test::mend;
using strata_test::Variable;

namespace {

std::shared_ptr<Device> device() {
  static const std::shared_ptr<Device> one = cuda_device(R"("cuda")");
  return one;
}

std::vector<unsigned char> bytes_of(std::size_t count, unsigned seed) {
  std::vector<unsigned char> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>((i * 2654435761U + seed) >> 7U);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_memory)

BOOST_AUTO_TEST_CASE(it_says_what_it_is) {
  BOOST_TEST(device()->kind() == "cuda");
  BOOST_TEST(device()->name() == "cuda:0");
  BOOST_TEST(device()->probe() == "");
  BOOST_TEST(!device()->host_accessible());
  BOOST_REQUIRE(device()->found().size() == 1U);
  BOOST_TEST(device()->found()[0].about == "Fake GPU, 1.0 GiB, compute capability 9.0");
}

// Around and beyond one staging buffer, several copies in before the first comes out.
BOOST_AUTO_TEST_CASE(what_goes_in_comes_out) {
  constexpr std::size_t kBuffer = std::size_t{4} << 20U;
  const std::vector<std::size_t> sizes{0, 1, 63, kBuffer - 1, kBuffer, kBuffer + 1, 6 * kBuffer + 17};
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    blocks.push_back(device()->allocate(sizes[i]));
    std::vector<unsigned char> bytes = bytes_of(sizes[i], static_cast<unsigned>(i));
    device()->copy_from_host(blocks.back(), bytes.data(), bytes.size());
    std::fill(bytes.begin(), bytes.end(), 0xEE);  // the caller's memory is free when the call returns
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::vector<unsigned char> bytes(sizes[i], 0xDD);
    device()->copy_to_host(bytes.data(), blocks[i], bytes.size());
    BOOST_TEST((bytes == bytes_of(sizes[i], static_cast<unsigned>(i))), "size " << sizes[i]);
    device()->release(blocks[i], sizes[i]);
  }
}

BOOST_AUTO_TEST_CASE(a_block_that_came_back_is_handed_out_again) {
  void* first = device()->allocate(1000);
  device()->release(first, 1000);
  void* second = device()->allocate(1010);  // the same class of sizes
  BOOST_TEST(second == first);
  device()->release(second, 1010);
}

BOOST_AUTO_TEST_CASE(tensors_live_there) {
  const Tensor there = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}, device());
  BOOST_TEST((there.device() == device()));
  BOOST_TEST(there.to_doubles() == (std::vector<double>{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
  check_throws([&] { (void)there.data<float>(); }, "E_DEVICE_HOST", "[tensor]");
}

// 1 GiB is there: 600 MiB twice is not, but is once what was cached has been given back.
BOOST_AUTO_TEST_CASE(memory_that_runs_out_is_named) {
  constexpr std::size_t kMost = std::size_t{600} << 20U;
  void* first = device()->allocate(kMost);
  check_throws([] { (void)device()->allocate(kMost); }, "E_MEMORY_EXHAUSTED", "cuda:0",
               std::to_string(kMost) + " bytes are not to be had");
  device()->release(first, kMost);
  void* other = device()->allocate(kMost + (std::size_t{100} << 20U));
  device()->release(other, kMost + (std::size_t{100} << 20U));
}

BOOST_AUTO_TEST_CASE(cards_that_are_not_there) {
  BOOST_TEST(cuda_device(R"({"type": "cuda", "index": 3})")->probe() ==
             "index 3 is out of range: 1 device here, counted from 0");
  check_throws([] { (void)cuda_device(R"({"type": "cuda", "index": 3})")->allocate(1); }, "E_DEVICE_UNAVAILABLE",
               "cuda:3", "index 3 is out of range");
}

BOOST_AUTO_TEST_CASE(a_broken_context_is_an_error_at_every_later_call) {
  void* block = device()->allocate(64);
  const std::vector<unsigned char> bytes(64, 7);
  std::vector<unsigned char> back(64);
  device()->copy_from_host(block, bytes.data(), bytes.size());
  device()->synchronize();
  ::setenv("FAKE_CUDA_BREAK", "1", 1);
  device()->copy_from_host(block, bytes.data(), bytes.size());  // in the queue: nobody knows yet
  const std::string text = "CUDA_ERROR_LAUNCH_FAILED (719)";
  check_throws([&] { device()->copy_to_host(back.data(), block, back.size()); }, "E_DEVICE_LOST", "cuda:0", text);
  check_throws([&] { device()->copy_from_host(block, bytes.data(), bytes.size()); }, "E_DEVICE_LOST", "cuda:0", text);
  check_throws([&] { device()->synchronize(); }, "E_DEVICE_LOST", "cuda:0", text);
  BOOST_TEST((back == std::vector<unsigned char>(64)));  // nothing came back that was not computed
  device()->release(block, 64);
  ::unsetenv("FAKE_CUDA_BREAK");
  mend();
}

// Newer drivers have codes that an older toolkit does not name; that of memory is of a call alone.
BOOST_AUTO_TEST_CASE(what_a_code_means) {
  void* block = device()->allocate(64);
  std::vector<unsigned char> bytes(64);
  for (const char* code : {"226", "700", "721", "911", "999"}) {
    const Variable breaks("FAKE_CUDA_BREAK", code);
    check_throws([&] { device()->copy_to_host(bytes.data(), block, bytes.size()); }, "E_DEVICE_LOST", "cuda:0",
                 "(" + std::string(code) + ")");
    mend();
  }
  {
    const Variable breaks("FAKE_CUDA_BREAK", "2");
    check_throws([&] { device()->copy_to_host(bytes.data(), block, bytes.size()); }, "E_MEMORY_EXHAUSTED", "cuda:0",
                 "CUDA_ERROR_OUT_OF_MEMORY (2)");
    mend();
  }
  device()->release(block, 64);
}

BOOST_AUTO_TEST_SUITE_END()

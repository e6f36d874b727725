// Where the card's memory runs out but not in an allocation: launches, graphs, products; and what is given back first.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/on_card.hpp"
#include "cuda/stand_in.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::allocations;
using strata_test::Variable;

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;
constexpr const char* kLaunch = "FAKE_CUDA_LAUNCH_ROOM";
constexpr const char* kGraph = "FAKE_CUDA_GRAPH_ROOM";

struct OnCard : strata_test::OnCard {
  OnCard() { (void)device().stream(); }  // started
};

// All that is left of the card. At its end the device keeps it, for whoever asks.
class Full {
 public:
  explicit Full(Device& device) : device_(device) {
    try {
      for (;;) pieces_.push_back(device.allocate(kPiece));
    } catch (const Error& error) {
      BOOST_REQUIRE(error.code() == "E_MEMORY_EXHAUSTED");
    }
  }
  Full(const Full&) = delete;
  Full& operator=(const Full&) = delete;
  ~Full() {
    for (void* piece : pieces_) device_.release(piece, kPiece);
  }

 private:
  Device& device_;
  std::vector<void*> pieces_;
};

// More than any card has: what is cached is given back first.
void drop_cached(Device& device) { BOOST_REQUIRE_THROW((void)device.allocate(std::size_t{1} << 40U), Error); }

Tensor filled(double value) { return Tensor::full({16, 16}, value); }
void check_all(const Tensor& x, double value) {
  for (const double one : x.to_doubles()) BOOST_REQUIRE_EQUAL(one, value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_room)

// A kernel is loaded when it is launched first, which takes memory; so may a product of the library's.
BOOST_AUTO_TEST_CASE(a_launch_gets_what_nobody_uses) {
  const OnCard card;
  const NoGrad scope;
  const Tensor x = filled(3), spare = affine(x, 1, 0);
  const Variable needs(kLaunch, std::to_string(2 * kPiece));
  { const Full full(card.device()); }  // cached by now
  check_all(affine(x, 2, 1), 7);
  { const Full full(card.device()); }
  check_all(matmul(x, spare), 144);
}

BOOST_AUTO_TEST_CASE(a_launch_without_room_is_named) {
  const OnCard card;
  const NoGrad scope;
  const Tensor x = filled(3);
  (void)affine(x, 2, 1), (void)matmul(x, x);  // their blocks are there
  {
    const Full full(card.device());
    const Variable needs(kLaunch, std::to_string(2 * kPiece));
    const std::string amounts = " bytes are in use, ";
    check_throws([&] { (void)affine(x, 2, 1); }, "E_MEMORY_EXHAUSTED", "cuda:0", amounts);
    check_throws([&] { (void)matmul(x, x); }, "E_MEMORY_EXHAUSTED", "cuda:0", amounts);
  }
  check_all(affine(x, 2, 1), 7);
}

BOOST_AUTO_TEST_CASE(a_recording_gets_what_nobody_uses) {
  const OnCard card;
  const NoGrad scope;
  const Tensor x = filled(3);
  Tensor y = affine(x, 1, 0);
  for (const char* who : {kLaunch, kGraph}) {
    const Variable needs(who, std::to_string(2 * kPiece));
    { const Full full(card.device()); }
    const auto recording = card.device().record([&] { y = affine(x, 2, 1); });
    recording->replay();
    check_all(y, 7);
  }
}

// When it is made, and not when it is replayed first.
BOOST_AUTO_TEST_CASE(a_graph_without_room_is_no_recording) {
  const OnCard card;
  const NoGrad scope;
  const Tensor x = filled(3);
  Tensor y = affine(x, 1, 0);
  {
    const Full full(card.device());
    const Variable needs(kGraph, std::to_string(2 * kPiece));
    check_throws([&] { (void)card.device().record([&] { y = affine(x, 2, 1); }); }, "E_MEMORY_EXHAUSTED", "cuda:0",
                 "cuGraphUpload");
  }
  check_all(affine(x, 2, 1), 7);
}

// Wherever the driver has nothing left, in a branch too: the recording's second try is as good as a first.
BOOST_AUTO_TEST_CASE(a_recording_is_tried_again_from_wherever_it_failed) {
  const OnCard card;
  constexpr std::int64_t kRows = 600, kWidth = 24;
  const auto ramp = [](const Shape& shape) {
    std::vector<float> all(static_cast<std::size_t>(shape.numel()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>((i * 7919) % 101) / 50 - 1;
    return Tensor::from(all, shape);
  };
  Tensor x = ramp({kRows, kWidth});
  std::vector<Tensor> parameters{x};
  for (int i = 0; i < 3; ++i) parameters.push_back(ramp({kWidth, kWidth}));
  for (int i = 0; i < 3; ++i) parameters.push_back(ramp({kWidth}));
  for (Tensor& one : parameters) one.require_grad();
  const Tensor factor = ramp({kRows, kWidth});
  const auto step = [&] {
    for (const Tensor& one : parameters) one.set_grad({});
    const Tensor normed = layer_norm(x, parameters[4], parameters[5]);
    const Tensor one = linear(normed, parameters[1], parameters[6]);
    const Tensors two = linears(one, {parameters[2], parameters[3]}, {parameters[4], parameters[5]});
    backward(sum(two[0] * two[1] * factor));
  };
  const auto gradients = [&] {
    std::vector<std::vector<double>> all;
    for (const Tensor& one : parameters) all.push_back(one.grad().to_doubles());
    return all;
  };
  step();
  const auto single = gradients();
  int failed = 0;
  for (long long n = 1;; ++n) {
    for (const Tensor& one : parameters) one.set_grad({});
    drop_cached(card.device());
    card.device().release(card.device().allocate(kPiece), kPiece);  // what nobody uses
    const long long before = allocations();
    std::unique_ptr<Recording> recording;
    {
      const Variable full("FAKE_CUDA_FULL_AT", std::to_string(before + n));
      recording = card.device().record(step);
    }
    if (allocations() < before + n) break;
    ++failed;
    recording->replay();
    BOOST_REQUIRE(gradients() == single);
  }
  BOOST_TEST_MESSAGE("failed at each of " << failed << " allocations");
  BOOST_TEST(failed > 10);
}

// The driver may overwrite memory when it gets it back: not before the queue is done with it.
BOOST_AUTO_TEST_CASE(what_is_given_back_nobody_reads) {
  const OnCard card;
  const NoGrad scope;
  const Tensor other = filled(1);
  const auto read = [&](const std::function<void()>& give_back) {
    Tensor x = filled(3);
    card.device().synchronize();
    const Tensor y = affine(x, 2, 1);  // in the queue
    x = {};
    give_back();
    check_all(y, 7);
  };
  read([&] { drop_cached(card.device()); });
  read([&] {
    const Variable needs(kGraph, std::to_string(std::size_t{1} << 40U));
    check_throws([&] { (void)card.device().record([&] { (void)affine(other, 2, 1); }); }, "E_MEMORY_EXHAUSTED",
                 "cuda:0", "cuGraphUpload");
  });
}

BOOST_AUTO_TEST_CASE(a_capture_that_does_not_begin_is_a_refusal) {
  const OnCard card;
  const Variable fails("FAKE_CUDA_BEGIN_CAPTURE", "401");
  check_throws([&] { (void)card.device().record([] {}); }, "E_DEVICE_RECORD", "cuda:0", "cuStreamBeginCapture");
}

BOOST_AUTO_TEST_SUITE_END()

// What a layer over sequences promises (nn/sequence_layer.hpp). Legend: B batch, T time, C width.
#include "check/layer.hpp"

#include <fmt/format.h>

#include "strata/autograd/backward.hpp"
#include "strata/nn/sequence_layer.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kWidth = 16, kBatch = 3, kTime = 6;
constexpr double kExact = 1e-10;  // two ways to one sum in f64
const std::vector<std::int64_t> kLengths = {6, 1, 4};

class LayerChecks {
 public:
  LayerChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry) {
    (void)make(DType::f64);
  }

  std::vector<CheckRow> run(const CheckOptions& options, const Host& host) {
    checks_.property("shapes", [&] { return shapes(); });
    checks_.property("gradients", [&] { return gradients(); });
    checks_.property("padding", [&] { return padding(); });
    checks_.property("batch", [&] { return batch(); });
    checks_.property("state", [&] { return state(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("bf16", [&] { return half(); });
    checks_.property("kernels", [&] { return kernels(); });
    checks_.devices(registry_, [&] { return (*make(DType::f32))(input(DType::f32), {}); });
    checks_.property("file", [&] { return file(); });
    checks_.property("memory", [&] { return memory(); });
    if (options.skip_training) {
      checks_.skip("learning", "left out as asked");
    } else {
      // All that the decoder knows of the source comes through attention, and all that attention reads through it.
      checks_.property("learning", [&] {
        return check_learning({{"model.adapter", spec_}, {"model.bridge", Config("zero")}}, options, host);
      });
    }
    return checks_.take();
  }

 private:
  std::shared_ptr<SequenceLayer> make(DType dtype, std::int64_t seed_more = 0) const {
    auto made = registry_.make<SequenceLayer>(spec_, {kWidth});
    made->materialise(static_cast<std::uint64_t>(seed_ + seed_more), dtype);
    return made;
  }
  Tensor input(DType dtype = DType::f64, const char* name = "x") const {
    return random_input({kBatch, kTime, kWidth}, seed_, name, dtype);
  }
  static Tensor lengths_tensor() { return Tensor::from(kLengths, {kBatch}); }
  // Row b up to its length.
  static Tensor valid(const Tensor& y, std::int64_t b) {
    return slice(slice(y, 0, b, b + 1), 1, 0, kLengths[static_cast<std::size_t>(b)]);
  }

  std::string shapes() const {
    const auto layer = make(DType::f32);
    for (const std::int64_t time : {1, 2, 257}) {
      const Tensor y = (*layer)(random_input({1, time, kWidth}, seed_, "x", DType::f32), {});
      if (!(y.shape() == Shape{1, time, kWidth}) || y.dtype() != DType::f32) {
        throw CheckFailed{"x f32" + Shape{1, time, kWidth}.str() + " becomes " + y.str()};
      }
      require_finite(y, std::to_string(time) + " positions");
    }
    return "1, 2 and 257 positions";
  }

  // Of what lies within the rows; the rest may be anything.
  std::string gradients() const {
    const auto layer = make(DType::f64);
    return check_gradients(
        *layer, {input()},
        [&](std::span<const Tensor> in) {
          const Tensor y = (*layer)(in[0], lengths_tensor());
          return Tensors{valid(y, 0), valid(y, 1), valid(y, 2)};
        },
        seed_);
  }

  std::string padding() const {
    const auto layer = make(DType::f64);
    const Tensor padded = (*layer)(input(), lengths_tensor());
    double worst = 0;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      worst = std::max(worst, require_close(valid(padded, b), (*layer)(valid(input(), b), {}), kExact,
                                            "a padded row and the same alone"));
    }
    return difference_text(worst, kExact);
  }

  std::string batch() const {
    const auto layer = make(DType::f64);
    const Tensor all = (*layer)(input(), {});
    double worst = 0;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      worst = std::max(worst, require_close(slice(all, 0, b, b + 1), (*layer)(slice(input(), 0, b, b + 1), {}), kExact,
                                            "row " + std::to_string(b) + " in a batch and alone"));
    }
    return difference_text(worst, kExact);
  }

  std::string state() const {
    const auto layer = make(DType::f32);
    const Tensor first = (*layer)(input(DType::f32), {});
    (void)(*layer)(random_input({1, 9, kWidth}, seed_, "other", DType::f32), {});
    require_same((*layer)(input(DType::f32), {}), first, "a call, another, and the first again");
    return "the same bits after another call";
  }

  std::string determinism() const {
    return check_determinism([&] {
      const auto layer = make(DType::f32);
      const Tensor x = input(DType::f32).require_grad();
      return output_and_gradients(*layer, {x}, (*layer)(x, {}));
    });
  }

  std::string half() const {
    const auto layer = make(DType::f32);
    return check_half([&](DType compute) { return (*layer)(cast(input(DType::f32), compute), lengths_tensor()); });
  }

  std::string kernels() const {
    const auto layer = make(DType::f32);
    return check_kernels([&] { return (*layer)(input(DType::f32), {}); });
  }

  std::string file() const {
    const auto one = make(DType::f32), two = make(DType::f32, 1);
    return check_file(*one, *two, [&](bool second) { return (second ? *two : *one)(input(DType::f32), {}); });
  }

  std::string memory() const {
    const auto layer = make(DType::f32);
    const Tensor x = input(DType::f32).require_grad();
    return check_leak([&] { backward(sum((*layer)(x, lengths_tensor()))); });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_sequence_layer(const Config& spec, const CheckOptions& options, const Host& host) {
  return LayerChecks(spec, options, host.registry).run(options, host);
}

}  // namespace strata::detail

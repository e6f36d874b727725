// What a cell promises (nn/cell.hpp). Legend: B batch, T time, I input width, H hidden.
#include "check/cell.hpp"

#include <fmt/format.h>

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/nn/cell.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kInput = 5, kHidden = 4, kBatch = 3, kTime = 6;
constexpr double kExact = 1e-10;  // two ways to one sum in f64
const std::vector<std::int64_t> kLengths = {6, 1, 4};

class CellChecks {
 public:
  CellChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry) {
    (void)make(DType::f64);
  }

  std::vector<CheckRow> run(const CheckOptions& options, const Host& host) {
    checks_.property("shapes", [&] { return shapes(); });
    checks_.property("gradients", [&] { return gradients(); });
    checks_.property("sequence", [&] { return sequence(); });
    checks_.property("lengths", [&] { return lengths(); });
    checks_.property("batch", [&] { return batch(); });
    checks_.property("state", [&] { return state(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("bf16", [&] { return half(); });
    checks_.property("kernels", [&] { return kernels(); });
    checks_.devices(registry_,
                    [&] { return make(DType::f32)->sequence(input(DType::f32), {}, lengths_tensor(), false).outputs; });
    checks_.property("file", [&] { return file(); });
    checks_.property("memory", [&] { return memory(); });
    if (options.skip_training) {
      checks_.skip("learning", "left out as asked");
    } else {
      // A state copied whole: the host's projection fills the output alone, which may be no part of a cell's memory.
      checks_.property("learning", [&] {
        return check_learning({{"model.encoder.cell", spec_}, {"model.decoder.cell", spec_}, {"model.bridge", "copy"}},
                              options, host);
      });
    }
    return checks_.take();
  }

 private:
  std::shared_ptr<Cell> make(DType dtype, std::int64_t seed_more = 0) const {
    auto made = registry_.make<Cell>(spec_, {kInput, kHidden});
    made->materialise(static_cast<std::uint64_t>(seed_ + seed_more), dtype);
    return made;
  }
  Tensor input(DType dtype = DType::f64, std::int64_t rows = kBatch) const {
    return random_input({rows, kTime, kInput}, seed_, "x", dtype);
  }
  Tensors start(const Cell& cell, DType dtype = DType::f64) const {
    Tensors state;
    for (int i = 0; i < cell.state_parts(); ++i) {
      state.push_back(random_input({kBatch, cell.hidden()}, seed_, "state " + std::to_string(i), dtype));
    }
    return state;
  }
  static Tensor lengths_tensor() { return Tensor::from(kLengths, {kBatch}); }
  static Tensors all(const Cell::Sequence& sequence) {
    Tensors parts = sequence.state;
    parts.insert(parts.begin(), sequence.outputs);
    return parts;
  }

  std::string shapes() const {
    const auto cell = make(DType::f64);
    const Cell::Projection map = cell->projection();
    if (cell->hidden() != kHidden) throw CheckFailed{"hidden() is " + std::to_string(cell->hidden()) + ", not 4"};
    if (map.weight.rank() != 2 || map.weight.size(1) != kInput) {
      throw CheckFailed{"the projection's weight is " + map.weight.shape().str() + ", where [G,5] is wanted"};
    }
    const Tensors next = cell->step(random_input({kBatch, map.weight.size(0)}, seed_, "gates"), start(*cell));
    if (static_cast<int>(next.size()) != cell->state_parts()) {
      throw CheckFailed{fmt::format("step() gives {} parts, state_parts() says {}", next.size(), cell->state_parts())};
    }
    for (const Tensor& part : next) {
      if (!(part.shape() == Shape{kBatch, kHidden})) throw CheckFailed{"a part of the state is " + part.shape().str()};
    }
    return fmt::format("{} parts of a state, projection {}", next.size(), map.weight.shape().str());
  }

  std::string gradients() const {
    const auto cell = make(DType::f64);
    Tensors inputs = start(*cell);
    inputs.insert(inputs.begin(), input());
    std::string text;
    for (const bool reverse : {false, true}) {
      text = check_gradients(
          *cell, inputs,
          [&](std::span<const Tensor> in) {
            return all(cell->sequence(in[0], {in.begin() + 1, in.end()}, lengths_tensor(), reverse));
          },
          seed_);
    }
    return text + ", both ways";
  }

  // Its own walk over a sequence and the default one, by steps.
  std::string sequence() const {
    const auto cell = make(DType::f64);
    double worst = 0;
    for (const bool reverse : {false, true}) {
      for (const Tensor& lengths : {Tensor(), lengths_tensor()}) {
        const Tensors own = all(cell->sequence(input(), start(*cell), lengths, reverse)),
                      stepped = all(cell->Cell::sequence(input(), start(*cell), lengths, reverse));
        for (std::size_t i = 0; i < stepped.size(); ++i) {
          worst = std::max(worst, require_close(own.at(i), stepped[i], kExact,
                                                i == 0 ? "outputs of the sequence and of its steps"
                                                       : "last state of the sequence and of its steps"));
        }
      }
    }
    return difference_text(worst, kExact);
  }

  std::string lengths() const {
    const auto cell = make(DType::f64);
    double worst = 0;
    for (const bool reverse : {false, true}) {
      const Cell::Sequence padded = cell->sequence(input(), {}, lengths_tensor(), reverse);
      for (std::int64_t b = 0; b < kBatch; ++b) {
        const std::int64_t length = kLengths[static_cast<std::size_t>(b)];
        const Cell::Sequence alone = cell->sequence(slice(slice(input(), 0, b, b + 1), 1, 0, length), {}, {}, reverse);
        const Tensor row = slice(padded.outputs, 0, b, b + 1);
        worst =
            std::max(worst, require_close(slice(row, 1, 0, length), alone.outputs, kExact, "a padded row and alone"));
        worst = std::max(worst, require_close(slice(padded.state[0], 0, b, b + 1), alone.state[0], kExact,
                                              "the last state of a padded row and alone"));
        const Tensor behind = slice(row, 1, length, kTime);
        require_same(behind, Tensor::zeros(behind.shape(), DType::f64), "outputs behind a row's end");
      }
    }
    return difference_text(worst, kExact);
  }

  std::string batch() const {
    const auto cell = make(DType::f64);
    const Tensor whole = cell->sequence(input(), {}, {}, false).outputs;
    double worst = 0;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      const Tensor alone = cell->sequence(slice(input(), 0, b, b + 1), {}, {}, false).outputs;
      worst = std::max(worst, require_close(slice(whole, 0, b, b + 1), alone, kExact, "a row in a batch and alone"));
    }
    return difference_text(worst, kExact);
  }

  std::string state() const {
    const auto cell = make(DType::f32);
    const Tensor first = cell->sequence(input(DType::f32), {}, {}, false).outputs;
    (void)cell->sequence(random_input({1, 9, kInput}, seed_, "other", DType::f32), {}, {}, true);
    require_same(cell->sequence(input(DType::f32), {}, {}, false).outputs, first, "a call, another, the first again");
    return "the same bits after another call";
  }

  std::string determinism() const {
    return check_determinism([&] {
      const auto cell = make(DType::f32);
      const Tensor x = input(DType::f32).require_grad();
      return output_and_gradients(*cell, {x}, cell->sequence(x, {}, lengths_tensor(), false).outputs);
    });
  }

  std::string half() const {
    const auto cell = make(DType::f32);
    return check_half([&](DType) { return cell->sequence(input(DType::f32), {}, {}, false).outputs; });
  }

  std::string kernels() const {
    const auto cell = make(DType::f32);
    return check_kernels([&] { return cell->sequence(input(DType::f32), {}, lengths_tensor(), false).outputs; });
  }

  std::string file() const {
    const auto one = make(DType::f32), two = make(DType::f32, 1);
    return check_file(*one, *two, [&](bool second) {
      return (second ? *two : *one).sequence(input(DType::f32), {}, {}, false).outputs;
    });
  }

  std::string memory() const {
    const auto cell = make(DType::f32);
    const Tensor x = input(DType::f32).require_grad();
    return check_leak([&] { backward(sum(cell->sequence(x, {}, lengths_tensor(), false).outputs)); });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_cell(const Config& spec, const CheckOptions& options, const Host& host) {
  return CellChecks(spec, options, host.registry).run(options, host);
}

}  // namespace strata::detail

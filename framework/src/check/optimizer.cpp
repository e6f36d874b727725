// What an optimizer promises (train/optimizer.hpp).
#include "check/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "check/descent.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr double kRate = 1e-2;

class OptimizerChecks {
 public:
  OptimizerChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry) {
    (void)Run(*this);
  }

  std::vector<CheckRow> run() {
    checks_.property("convex", [&] { return descends(convex_problem(seed_)); });
    checks_.property("stiff", [&] { return descends(stiff_problem(seed_, numbers_of(Run(*this).point))); });
    checks_.property("rate", [&] { return rate(); });
    checks_.property("scale", [&] { return scale(); });
    checks_.property("missing", [&] { return missing(); });
    checks_.property("groups", [&] { return groups(); });
    checks_.property("state", [&] { return state(); });
    checks_.property("resume", [&] { return resume(); });
    checks_.property("version", [&] { return version(); });
    checks_.property("layout", [&] { return layout(); });
    checks_.property("f64", [&] { return doubles(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("kernels", [&] { return kernels(); });
    checks_.property("memory", [&] { return memory(); });
    checks_.measure("cost", [&] { return cost(); });
    return checks_.take();
  }

 private:
  static double update_rate(double base, int update) { return base * (1 + update % 3); }

  // Parameters and their optimizer, fed with gradients that depend on the update alone.
  struct Run {
    explicit Run(const OptimizerChecks& checks, DType dtype = DType::f32) : seed(checks.seed_) {
      point.materialise(static_cast<std::uint64_t>(seed), dtype);
      optimizer = checks.registry_.make<Optimizer>(checks.spec_, Optimizer::Facts::of(point.parameters()));
    }
    // A group for each of the two parameters, with these factors of the rate in step(), and the same decay.
    Run(const OptimizerChecks& checks, std::vector<double> group_rates, double decay)
        : seed(checks.seed_), factors(std::move(group_rates)) {
      point.materialise(static_cast<std::uint64_t>(seed));
      Optimizer::Facts facts;
      for (const NamedParameter& one : point.parameters()) {
        facts.groups.push_back({{one}, factors[facts.groups.size()], decay});
      }
      optimizer = checks.registry_.make<Optimizer>(checks.spec_, facts);
    }

    Tensor gradient(int update, const NamedParameter& one) const {
      const Tensor& value = one.parameter.value();
      return random_input(value.shape(), seed, fmt::format("gradient {} of {}", update, one.name), value.dtype());
    }
    // Updates first, first + 1, ..., last - 1. `factor` stands in the gradients and is taken out by the scale.
    void go(int first, int last, double base = kRate, double factor = 1, bool with_second = true) {
      for (int update = first; update < last; ++update) {
        for (const NamedParameter& one : point.parameters()) {
          const bool given = with_second || one.name != "second";
          one.parameter.value().set_grad(given ? scaled(gradient(update, one), factor) : Tensor());
        }
        step(update_rate(base, update), 1 / factor);
      }
    }
    void step(double rate, double scale) {
      Tensors rates;
      for (const double factor : factors) rates.push_back(Tensor::scalar(rate * factor));
      optimizer->step(rates, Tensor::scalar(scale));
    }

    static Tensor scaled(const Tensor& gradient, double factor) {
      std::vector<double> values = gradient.to_doubles();
      for (double& value : values) value *= factor;
      if (gradient.dtype() == DType::f64) return Tensor::from(values, gradient.shape());
      return Tensor::from(std::vector<float>(values.begin(), values.end()), gradient.shape());
    }

    std::int64_t seed;
    Point point;
    std::vector<double> factors{1};  // of the rate, one for each group
    std::shared_ptr<Optimizer> optimizer;
  };

  static Tensor copy(const Tensor& tensor) { return Tensor::from(tensor.to_doubles(), tensor.shape()); }
  static Tensors copies(const std::vector<NamedTensor>& tensors) {
    Tensors all;
    for (const NamedTensor& one : tensors) all.push_back(copy(one.value));
    return all;
  }
  static double require_close_point(const Run& got, const Run& expected, double tolerance, const std::string& what) {
    const auto a = got.point.parameters(), b = expected.point.parameters();
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      worst = std::max(worst, require_close(a[i].parameter, b[i].parameter, tolerance, what));
    }
    return worst;
  }
  static void require_same_point(const Run& got, const Run& expected, const std::string& what) {
    const auto a = got.point.parameters(), b = expected.point.parameters();
    for (std::size_t i = 0; i < a.size(); ++i) require_same(a[i].parameter, b[i].parameter, what);
  }

  // The best of several rates must do it: each method has its own.
  std::string descends(const DescentProblem& problem) const {
    double best = std::numeric_limits<double>::infinity(), best_rate = 0;
    for (const double rate : {1e-4, 1e-3, 1e-2, 1e-1, 1.0, own_rate()}) {
      Run run(*this);
      const double share = descend(problem, run.point, *run.optimizer, rate);
      if (share < best) best = share, best_rate = rate;
    }
    if (!std::isfinite(best)) {
      throw CheckFailed{problem.name + ": a number becomes infinite or none at each of six rates"};
    }
    const std::string text = fmt::format("{}: loss to {:.2g} of the first in {} updates, at rate {:g}", problem.name,
                                         best, problem.updates, best_rate);
    if (best > problem.share) {
      throw CheckFailed{fmt::format("{}, the best of six rates; wanted is {:g}", text, problem.share)};
    }
    return fmt::format("{} (at most {:g})", text, problem.share);
  }
  double own_rate() const { return Run(*this).optimizer->learning_rate(); }

  std::string rate() const {
    const double own = own_rate();
    if (!std::isfinite(own) || own < 0) throw CheckFailed{fmt::format("its own learning rate is {}", own)};
    Run still(*this), moved(*this);
    const Run start(*this);
    still.go(1, 4, 0);
    require_same_point(still, start, "parameters after updates at rate 0");
    moved.go(1, 4);
    double least = 1e300;
    for (std::size_t i = 0; i < start.point.parameters().size(); ++i) {
      const std::vector<double> a = start.point.parameters()[i].parameter.value().to_doubles(),
                                b = moved.point.parameters()[i].parameter.value().to_doubles();
      for (std::size_t k = 0; k < a.size(); ++k) least = std::min(least, std::abs(a[k] - b[k]));
    }
    if (!(least > 0)) throw CheckFailed{fmt::format("three updates at rate {:g} leave a number where it was", kRate)};
    return fmt::format("at 0 nothing moves, at {:g} everything; its own is {:g}", kRate, own);
  }

  // A power of two changes no bit of a product.
  std::string scale() const {
    Run plain(*this), doubled(*this);
    plain.go(1, 6);
    doubled.go(1, 6, kRate, 2);
    require_same_point(doubled, plain, "gradients times 2 at scale 1/2");
    return "gradients times 2 at scale 1/2: the same bits";
  }

  std::string missing() const {
    Run run(*this);
    run.go(1, 3);
    const Tensor second = copy(run.point.second);
    const std::vector<NamedTensor> state = run.optimizer->state();
    const Tensors before = copies(state);
    run.go(3, 6, kRate, 1, /*with_second=*/false);
    require_same(run.point.second, second, "a parameter without a gradient");
    int kept = 0;
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (!state[i].name.ends_with("second") && !(state[i].value.shape() == second.shape())) continue;
      require_same(state[i].value, before[i], "state " + state[i].name + " of a parameter without a gradient");
      ++kept;
    }
    run.go(6, 8);
    require_finite(run.point.second, "the parameter, once it has a gradient again");
    for (const NamedParameter& one : run.point.parameters()) one.parameter.value().set_grad({});
    run.step(kRate, 1);
    return fmt::format("the parameter and {} tensors of its state are left alone", kept);
  }

  // Each parameter goes by the rate of its group, which step() gets whole, and by the group's factor of the decay.
  std::string groups() const {
    constexpr double kQuarter = 0.25;  // changes no bit of a product
    Run whole(*this), equal(*this, {1, 1}, 1), slow(*this, {kQuarter, kQuarter}, 1), still(*this, {1, 0}, 1);
    whole.go(1, 6);
    equal.go(1, 6);
    require_same_point(equal, whole, "two groups of equal rates, and one group");
    slow.go(1, 6, kRate / kQuarter);
    require_same_point(slow, whole, "groups of factor 1/4 at rates that contain it, and one of factor 1 at the same");
    const Run start(*this);
    still.go(1, 6);
    require_same(still.point.second, start.point.second, "a parameter whose group has the rate 0");
    if (still.point.first.value().to_doubles() == start.point.first.value().to_doubles()) {
      throw CheckFailed{"no parameter moves where one of two groups has the rate 0"};
    }
    Run bare(*this, {1, 1}, 0);
    for (const NamedParameter& one : bare.point.parameters()) {
      one.parameter.value().set_grad(Tensor::zeros(one.parameter.shape()));
    }
    bare.step(kRate, 1);
    require_same_point(bare, start, "parameters whose group has no decay, after a gradient of zeros");
    return "each parameter goes by the rate and the decay of its group";
  }

  // What a checkpoint keeps: there before the first update, the live tensors, under names of their own.
  std::string state() const {
    Run run(*this);
    const std::vector<NamedTensor> first = run.optimizer->state();
    std::set<std::string> names;
    std::vector<std::size_t> counts;
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (!names.insert(first[i].name).second) throw CheckFailed{"two tensors have the name " + first[i].name};
      if (first[i].value.dtype() == DType::i64 && first[i].value.rank() == 0) counts.push_back(i);
    }
    const Tensors before = copies(first);
    run.go(1, 4);
    const std::vector<NamedTensor> last = run.optimizer->state();
    if (last.size() != first.size()) {
      throw CheckFailed{fmt::format("{} tensors before the first update, {} after", first.size(), last.size())};
    }
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (last[i].name != first[i].name) throw CheckFailed{first[i].name + " becomes " + last[i].name};
      require_same(first[i].value, last[i].value, "what was taken of " + first[i].name + " earlier, and now");
    }
    const bool counted = std::any_of(counts.begin(), counts.end(),
                                     [&](std::size_t i) { return last[i].value.item() - before[i].item() == 3; });
    if (!counted) throw CheckFailed{"no 0-d i64 among them grew by three in three updates: where is the step count?"};
    return fmt::format("{} tensors, one of them the step count", first.size());
  }

  // Six updates, a checkpoint, six more; or a new object that goes on from the checkpoint.
  std::string resume() const {
    const Scratch folder;
    Run whole(*this);
    whole.go(1, 7);
    std::vector<NamedTensor> parameters;
    for (const NamedParameter& one : whole.point.parameters()) parameters.push_back({one.name, one.parameter.value()});
    const std::vector<NamedTensor> state = whole.optimizer->state();
    write_safetensors(folder / "model.safetensors", parameters);
    write_safetensors(folder / "optimizer.safetensors", state);
    Run resumed(*this);
    resumed.go(1, 2);  // what it has learned by itself must not shine through
    load_parameters(folder / "model.safetensors", resumed.point.parameters());
    load_tensors(folder / "optimizer.safetensors", resumed.optimizer->state());
    Run fresh(*this);
    load_parameters(folder / "model.safetensors", fresh.point.parameters());
    load_tensors(folder / "optimizer.safetensors", fresh.optimizer->state());
    for (Run* run : {&whole, &resumed, &fresh}) run->go(7, 13);
    require_same_point(fresh, whole, "six updates after a checkpoint");
    require_same_point(resumed, whole, "six updates after a checkpoint that is read in the middle of a run");
    return fmt::format("{} tensors of state in a file: the same bits six updates later", state.size());
  }

  // In place, and by a way that counts: kernels may keep packed copies of a weight until its version grows.
  std::string version() const {
    Run run(*this);
    const auto parameters = run.point.parameters();
    for (int update = 1; update < 4; ++update) {
      Tensors held;
      std::vector<std::uint64_t> versions;
      for (const NamedParameter& one : parameters) {
        held.push_back(one.parameter.value());
        versions.push_back(held.back().version());
      }
      run.go(update, update + 1);
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto& [name, parameter] = parameters[i];
        if (parameter.value().impl() != held[i].impl()) throw CheckFailed{name + " is another tensor after an update"};
        if (!held[i].requires_grad()) throw CheckFailed{name + " asks for no gradient after an update"};
        if (held[i].version() > versions[i]) continue;
        throw CheckFailed{name + " was updated and its version did not grow: packed copies of it would be stale"};
      }
    }
    return "grows with each update, in place";
  }

  // A gradient may be a view, which other kernels than a dense one may take.
  std::string layout() const {
    constexpr double kTolerance = 1e-5;
    Run dense(*this), strided(*this);
    for (int update = 1; update < 4; ++update) {
      for (const NamedParameter& one : strided.point.parameters()) {
        const Tensor gradient = strided.gradient(update, one);
        const int last = gradient.rank();
        one.parameter.value().set_grad(select(stack({gradient, Run::scaled(gradient, -1)}, last), last, 0));
      }
      strided.step(update_rate(kRate, update), 1);
    }
    dense.go(1, 4);
    const double worst = require_close_point(strided, dense, kTolerance, "gradients that are views with strides");
    return "gradients that are views with strides: " + difference_text(worst, kTolerance);
  }

  std::string doubles() const {
    constexpr double kTolerance = 1e-4, kTiny = 1e-11;
    Run wide(*this, DType::f64), narrow(*this);
    const auto a = wide.point.parameters(), b = narrow.point.parameters();
    for (std::size_t i = 0; i < a.size(); ++i) copy_into(a[i].parameter, b[i].parameter);
    wide.go(1, 4);
    narrow.go(1, 4);
    const double worst = require_close_point(narrow, wide, kTolerance, "f32 and f64");
    Run tiny(*this, DType::f64);
    const Tensor before = copy(tiny.point.first);
    tiny.go(1, 2, kTiny);
    if (tiny.point.first.value().to_doubles() == before.to_doubles()) {
      throw CheckFailed{fmt::format("an update at rate {:g} is lost in f64 parameters", kTiny)};
    }
    return "f32 and f64: " + difference_text(worst, kTolerance);
  }

  std::string determinism() const {
    Run first(*this), second(*this);
    first.go(1, 9);
    second.go(1, 9);
    require_same_point(second, first, "eight updates, and again");
    return "the same bits twice";
  }

  std::string kernels() const {
    return check_kernels([&] {
      Run run(*this);
      run.go(1, 9);
      return concat({reshape(run.point.first, {run.point.first.shape().numel()}), run.point.second}, 0).detach();
    });
  }

  std::string memory() const {
    Run run(*this);
    int update = 0;
    return check_leak([&] { run.go(update, update + 1), ++update; });
  }

  std::string cost() const {
    constexpr std::int64_t kNumbers = 1 << 20;
    Point large(kNumbers);
    large.materialise(static_cast<std::uint64_t>(seed_));
    const auto optimizer = registry_.make<Optimizer>(spec_, Optimizer::Facts::of(large.parameters()));
    for (const NamedParameter& one : large.parameters()) {
      one.parameter.value().set_grad(Tensor::full(one.parameter.shape(), 0.5));
    }
    const Tensor rate = Tensor::scalar(kRate);
    double best = 1e9, numbers = 0;
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      optimizer->step(std::span(&rate, 1), Tensor::scalar(1));
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    for (const NamedTensor& one : optimizer->state()) numbers += static_cast<double>(one.value.numel());
    return fmt::format("{:.2f} ms an update of a million numbers, {:.1f} numbers of state each", best * 1e3,
                       numbers / static_cast<double>(kNumbers));
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_optimizer(const Config& spec, const CheckOptions& options, const Host& host) {
  return OptimizerChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail

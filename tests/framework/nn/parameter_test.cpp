// Parameters by kind and by name, frozen ones, and buffers.
#include <map>

#include "framework/ops/check.hpp"
#include "ops/replayed_step.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/nn/layers.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;

namespace {

// Two layers of a network, a table that both ends share, and a running mean of the output.
class Net final : public Layer {
 public:
  Net() : table_(5, 3, 1.0), lower_(3, 4), lower_more_(3, 2), upper_(4, 3), output_(table_.weight(), true) {
    child("table", table_);
    child("layers.1", lower_);
    child("layers.10", lower_more_);
    child("upper", upper_);
    child("output", output_);
    scale_ = parameter("scale", {3}, Init::ones());
    mean_ = buffer("mean", {5}, Init::uniform(1));
  }
  // ids [B] -> [B,5]
  Tensor operator()(const Tensor& ids) const {
    const Tensor y = output_(upper_(lower_(table_(ids), Activation::relu)) * scale_.value());
    if (context().training) mean_.assign(mean_.value() * 0.5 + mean(y.detach(), {0}) * 0.5);
    return y;
  }
  const Buffer& mean_of_outputs() const { return mean_; }

 private:
  Embedding table_;
  Linear lower_, lower_more_, upper_, output_;
  Parameter scale_;
  Buffer mean_;
};

std::vector<std::string> names_of(const std::vector<NamedParameter>& parameters) {
  std::vector<std::string> names;
  for (const NamedParameter& one : parameters) names.push_back(one.name);
  return names;
}

Tensor ids() { return Tensor::from(std::vector<std::int64_t>{1, 4, 2}, {3}); }

// The gradients of a sum of squares by name, of those parameters that have one.
std::map<std::string, std::vector<double>> gradients(const Net& net) {
  for (const NamedParameter& one : net.parameters()) one.parameter.value().set_grad({});
  const Tensor y = net(ids());
  backward(sum(y * y));
  std::map<std::string, std::vector<double>> out;
  for (const NamedParameter& one : net.parameters()) {
    if (one.parameter.value().grad().defined()) out[one.name] = one.parameter.value().grad().to_doubles();
  }
  return out;
}

std::int64_t calls(const Profile& profile, const std::string& op, const std::string& phase) {
  std::int64_t count = 0;
  for (const auto& [key, row] : profile.rows()) {
    if (std::get<0>(key) == op && std::get<1>(key) == phase) count += row.calls;
  }
  return count;
}

// The CPU, which also says what it records and replays; a replay does nothing.
class Tape final : public Device {
 public:
  class Again final : public Recording {
   public:
    explicit Again(int& replays) : replays_(replays) {}
    void replay() override { ++replays_; }

   private:
    int& replays_;
  };
  std::string_view kind() const override { return cpu_device()->kind(); }
  std::string name() const override { return cpu_device()->name(); }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return cpu_device()->allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { cpu_device()->release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    cpu_device()->copy_from_host(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override {
    cpu_device()->copy_to_host(to, from, bytes);
  }
  bool records() const override { return true; }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override {
    ++recorded;
    work();
    return std::make_unique<Again>(replayed);
  }
  int recorded = 0, replayed = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_AUTO_TEST_CASE(kinds_by_name_and_rank) {
  BOOST_TEST((default_kind("weight", {3, 4}) == ParameterKind::weight));
  BOOST_TEST((default_kind("kernel", {3, 4, 5}) == ParameterKind::weight));
  BOOST_TEST((default_kind("weight", {3}) == ParameterKind::norm));
  BOOST_TEST((default_kind("temperature", {}) == ParameterKind::norm));
  BOOST_TEST((default_kind("bias", {3}) == ParameterKind::bias));
  BOOST_TEST((default_kind("bias_ih", {3}) == ParameterKind::bias));
  BOOST_TEST((default_kind("norm.bias", {3, 1}) == ParameterKind::bias));
  BOOST_TEST((default_kind("bias.weight", {3, 1}) == ParameterKind::weight));
  std::map<std::string, ParameterKind> kinds;
  const Net net;
  for (const NamedParameter& one : net.parameters()) kinds[one.name] = one.parameter.kind();
  BOOST_TEST((kinds.at("table.weight") == ParameterKind::embedding));
  BOOST_TEST((kinds.at("upper.weight") == ParameterKind::weight));
  BOOST_TEST((kinds.at("upper.bias") == ParameterKind::bias));
  BOOST_TEST((kinds.at("scale") == ParameterKind::norm));
}

BOOST_AUTO_TEST_CASE(a_prefix_is_whole_components) {
  const Net net;
  using Names = std::vector<std::string>;
  const auto within = [&](std::string_view prefix) { return names_of(net.parameters(prefix)); };
  BOOST_TEST(within("layers.1") == (Names{"layers.1.weight", "layers.1.bias"}), boost::test_tools::per_element());
  BOOST_TEST(within("layers").size() == 4U);
  BOOST_TEST(within("scale") == Names{"scale"}, boost::test_tools::per_element());
  BOOST_TEST(within("output") == (Names{"table.weight", "output.bias"}), boost::test_tools::per_element());  // shared
  BOOST_TEST(within("") == names_of(net.parameters()), boost::test_tools::per_element());
  for (const char* none : {"layer", "layers.", "upper.weigh", "mean", "upper.weight.more"}) {
    check_throws([&] { within(none); }, "E_MODEL_PARAMETER", none, "no parameter has this name");
  }
  check_throws([&] { within("layer"); }, "E_MODEL_PARAMETER", "layer",
               "did you mean \"layers\"? names begin with: layers, output, scale, table, upper");
  check_throws([&] { within("layers.7"); }, "E_MODEL_PARAMETER", "layers.7", "names begin with: layers.1, layers.10");
}

BOOST_AUTO_TEST_CASE(a_frozen_parameter_gets_no_gradient_and_the_others_keep_theirs) {
  Net net;
  net.materialise(3, DType::f64);
  const auto all = gradients(net);
  BOOST_TEST(all.size() == net.parameters().size() - 2);  // layers.10 is not read
  for (const auto& [frozen, gradient] : all) {
    BOOST_TEST_CONTEXT(frozen) {
      net.set_trainable(frozen, false);
      auto rest = gradients(net);
      BOOST_TEST(rest.size() == all.size() - 1);
      for (const auto& [name, values] : rest) {
        BOOST_TEST(values == all.at(name), boost::test_tools::per_element());
        BOOST_TEST(name != frozen);
      }
      net.set_trainable(frozen, true);
    }
  }
  const auto again = gradients(net);
  BOOST_TEST((again == all));
  net.set_trainable("table", false);
  BOOST_TEST(!net.parameters("table")[0].parameter.value().grad().defined());  // dropped
}

BOOST_AUTO_TEST_CASE(below_what_is_frozen_nothing_is_recorded) {
  Net net;
  net.set_trainable("table", false);
  net.set_trainable("layers", false);  // before materialise()
  net.materialise(3);
  Profile profile;
  const ContextScope scope;
  context().profile = &profile;
  (void)gradients(net);
  BOOST_TEST(calls(profile, "embedding", "forward") == 1);
  BOOST_TEST(calls(profile, "embedding", "backward") == 0);
  BOOST_TEST(calls(profile, "linear", "forward") == 3);
  BOOST_TEST(calls(profile, "linear", "backward") == 2);  // upper, output
}

BOOST_AUTO_TEST_CASE(a_frozen_segment_is_not_run_twice) {
  Net net;
  net.materialise(3);
  const Tensor x = Tensor::full({2, 5}, 0.5);
  int runs = 0;
  const auto segment = [&](std::span<const Tensor> in) {
    ++runs;
    return Tensors{net(in[0]) * in[1]};
  };
  const Tensor factor = Tensor::full({3, 5}, 2), inputs[] = {ids(), factor};
  backward(sum(checkpoint(segment, inputs)[0]));
  BOOST_TEST(runs == 2);
  net.set_trainable("", false);
  runs = 0;
  const Tensor frozen = checkpoint(segment, inputs)[0];
  BOOST_TEST(!frozen.requires_grad());
  net.set_trainable("upper.bias", true);
  const Tensor part = checkpoint(segment, inputs)[0];
  BOOST_TEST(part.requires_grad());
  backward(sum(part));
  BOOST_TEST(runs == 3);
  BOOST_TEST(net.parameters("upper.bias")[0].parameter.value().grad().defined());
}

BOOST_AUTO_TEST_CASE(a_buffer_is_listed_apart_and_assigned_once) {
  Net net;
  BOOST_TEST(names_of(net.buffers()) == std::vector<std::string>{"mean"}, boost::test_tools::per_element());
  BOOST_TEST(net.saved().size() == net.parameters().size() + 1);
  BOOST_TEST(net.saved().back().name == "mean");
  for (const std::string& name : names_of(net.parameters())) BOOST_TEST(name != "mean");
  check_throws([&] { net.buffers()[0].parameter.set_trainable(true); }, "E_MODEL_PARAMETER", "mean", "buffer");
  net.materialise(3);
  const Buffer& mean = net.mean_of_outputs();
  BOOST_TEST(!mean.value().requires_grad());
  std::vector<double> expected = mean.value().to_doubles();
  BOOST_TEST((expected != std::vector<double>(5)));
  const auto advance = [&] {  // by hand, from an output outside training
    const std::vector<double> y = net(ids()).to_doubles();
    for (std::size_t v = 0; v < 5; ++v) expected[v] = expected[v] / 2 + (y[v] + y[5 + v] + y[10 + v]) / 6;
  };
  const auto check = [&] {
    const std::vector<double> got = mean.value().to_doubles();
    for (std::size_t v = 0; v < 5; ++v) BOOST_TEST(std::abs(got[v] - expected[v]) < 1e-6);
  };
  advance();
  const ContextScope scope;
  context().training = true;
  const std::uint64_t version = mean.value().version();
  backward(sum(net(ids())));
  BOOST_TEST(mean.value().version() > version);
  BOOST_TEST(!mean.value().grad().defined());
  check();
  context().training = false;
  advance();
  context().training = true;
  const Tensor input = ids();
  backward(sum(checkpoint([&](std::span<const Tensor> in) { return Tensors{net(in[0])}; }, std::span(&input, 1))[0]));
  check();
  check_throws([&] { mean.assign(Tensor::zeros({4})); }, "E_SHAPE", "[buffer]", "[4]");
  (void)quantize(net);
  check();
}

BOOST_AUTO_TEST_CASE(recorded_steps_go_by_what_is_trained) {
  Net net;
  net.materialise(3);
  const Tensor x = Tensor::full({2}, 1);
  const auto tape = std::make_shared<Tape>();
  int runs = 0;
  detail::ReplayedStep step([&](const Tensors& in) { return ++runs, Tensors{in[0] * 2.0}; }, true, nullptr);
  const ContextScope scope;
  context().device = tape;
  const auto count = [&] {
    (void)step({x});
    return std::vector<int>{runs, tape->recorded, tape->replayed};
  };
  using Counts = std::vector<int>;
  BOOST_TEST(count() == (Counts{1, 0, 0}), boost::test_tools::per_element());
  BOOST_TEST(count() == (Counts{2, 1, 1}), boost::test_tools::per_element());
  BOOST_TEST(count() == (Counts{2, 1, 2}), boost::test_tools::per_element());
  net.set_trainable("upper", true);  // it is
  BOOST_TEST(count() == (Counts{2, 1, 3}), boost::test_tools::per_element());
  net.set_trainable("upper", false);
  BOOST_TEST(count() == (Counts{3, 1, 3}), boost::test_tools::per_element());
  BOOST_TEST(count() == (Counts{4, 2, 4}), boost::test_tools::per_element());
  net.set_trainable("upper", true);  // as at first: replayed again
  BOOST_TEST(count() == (Counts{4, 2, 5}), boost::test_tools::per_element());
  net.set_trainable("table", false);
  BOOST_TEST(count() == (Counts{5, 2, 5}), boost::test_tools::per_element());
  net.set_trainable("table", true);
}

BOOST_AUTO_TEST_SUITE_END()

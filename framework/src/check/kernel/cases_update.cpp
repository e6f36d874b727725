// Cases of the ops that optimizers need: Adam, AdamW, SGD, the gradient norm, in-place scaling, running means.
#include <limits>

#include "check/kernel/cases.hpp"
#include "ops/mean_update.hpp"
#include "ops/update_scale.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"

namespace strata::detail::conformance {
namespace {

// Optimizers know f32 and f64 parameters: kind weight. Gradients have the tested type.
Tensor target_of(const Tensor& x) {
  Tensor target = Tensor::zeros(x.shape(), x.dtype());
  add_in_place(target, x.detach());
  return target;
}

Tensor number(double value) { return Tensor::scalar(value, DType::f64); }

void optimizers(Cases& cases) {
  Values random(801);
  const auto state = [&] {  // two parameters: values, gradients, first and second moments (positive)
    std::vector<Input> inputs;
    for (const Shape& shape : {Shape{3, 37}, Shape{5}}) {
      inputs.push_back(random.weight(shape));
      inputs.push_back(random.data(shape));
      inputs.push_back(random.weight(shape));
      inputs.push_back(random.weight(shape, 0.01, 0.5));
    }
    return inputs;
  };
  const auto adam = [](const AdamOptions& options, double scale = 0.5) {
    return [options, scale](std::span<const Tensor> in, DType) {
      AdamTensors t;
      for (std::size_t k = 0; k < 8; k += 4) {
        t.parameters.push_back(target_of(in[k]));
        t.gradients.push_back(in[k + 1].detach());
        t.first_moments.push_back(target_of(in[k + 2]));
        t.second_moments.push_back(target_of(in[k + 3]));
      }
      t.first_correction = number(1 - 0.9 * 0.9);
      t.second_correction = number(1 - 0.999 * 0.999);
      adam_update(t, {number(0.01), number(scale)}, options);
      Tensors all = t.parameters;
      for (const Tensors* more : {&t.first_moments, &t.second_moments})
        all.insert(all.end(), more->begin(), more->end());
      return all;
    };
  };
  AdamOptions plain, decayed, decoupled;
  decayed.weight_decay = decoupled.weight_decay = 0.1;
  decoupled.decoupled = true;
  cases.push_back({"adam_update", "Adam", state(), adam(plain)});
  cases.push_back({"adam_update", "Adam with decay", state(), adam(decayed)});
  cases.push_back({"adam_update", "AdamW", state(), adam(decoupled)});
  const double none = std::numeric_limits<double>::quiet_NaN();
  cases.push_back({"adam_update", "a scale that is none changes nothing", state(), adam(decayed, none)});
  const auto sgd = [](const SgdOptions& options, double scale = 0.5) {
    return [options, scale](std::span<const Tensor> in, DType) {
      SgdTensors t;
      for (std::size_t k = 0; k < 8; k += 4) {
        t.parameters.push_back(target_of(in[k]));
        t.gradients.push_back(in[k + 1].detach());
        if (options.momentum != 0) t.momentum_buffers.push_back(target_of(in[k + 2]));
      }
      sgd_update(t, {number(0.1), number(scale)}, options);
      Tensors all = t.parameters;
      all.insert(all.end(), t.momentum_buffers.begin(), t.momentum_buffers.end());
      return all;
    };
  };
  SgdOptions momentum, nesterov;
  momentum.momentum = nesterov.momentum = 0.9;
  nesterov.nesterov = true;
  nesterov.weight_decay = 0.01;
  cases.push_back({"sgd_update", "plain", state(), sgd({})});
  cases.push_back({"sgd_update", "momentum", state(), sgd(momentum)});
  cases.push_back({"sgd_update", "Nesterov with decay", state(), sgd(nesterov)});
  cases.push_back({"sgd_update", "a scale that is none changes nothing", state(), sgd(momentum, none)});
}

void beginnings(Cases& cases) {
  const auto add = [&](const char* title, double before, double beta1) {
    const auto run = [before, beta1](std::span<const Tensor>, DType) {
      AdamTensors t;
      t.first_correction = number(-1), t.second_correction = number(-1);
      const Tensor step = Tensor::full({}, before, DType::i64);
      AdamOptions options;
      options.beta1 = beta1;
      adam_begin(step, t, options);
      adam_begin(step, t, options);
      return Tensors{step, t.first_correction, t.second_correction};
    };
    cases.push_back({"adam_begin", title, {}, run});
  };
  add("the second", 0, 0.9);
  add("the twelve thousandth", 11998, 0.9);
  add("no first moment", 4, 0);
}

void scales(Cases& cases) {
  // Sums of a batch: reported, objective, squared norm, 1 / weight, what the loss is multiplied by.
  const auto add = [&](const char* title, const std::vector<double>& sums, double limit) {
    std::vector<Input> inputs;
    for (const double value : sums) inputs.push_back({number(value), Kind::weight});
    const auto run = [limit](std::span<const Tensor> in, DType) {
      const UpdateSums all{in[0].detach(), in[1].detach(), in[2].detach(), in[3].detach(),
                           in.size() > 4 ? in[4].detach() : Tensor()};
      const UpdateScale made = update_scale(all, limit);
      return Tensors{made.report, made.scale, made.flaw};
    };
    cases.push_back({"update_scale", title, inputs, run});
  };
  const double none = std::numeric_limits<double>::quiet_NaN(), beyond = std::numeric_limits<double>::infinity();
  add("no limit", {3.5, 3.75, 81, 0.125}, 0);
  add("within the limit", {3.5, 3.75, 81, 0.125}, 1.5);
  add("clipped", {3.5, 3.75, 81, 0.125}, 0.75);
  add("no gradient", {3.5, 3.75, 0, 0.125}, 0.75);
  add("clipped, a scaled loss", {3.5, 3.75, 81, 0.125, 8}, 0.0625);
  add("a loss that is none", {none, 3.75, 81, 0.125}, 0.75);
  add("an objective beyond all numbers", {3.5, -beyond, 81, 0.125}, 0.75);
  add("gradients beyond all numbers", {3.5, 3.75, beyond, 0.125}, 0.75);
  add("gradients that are none", {3.5, 3.75, none, 0.125}, 0.75);
}

void means(Cases& cases) {
  Values random(803);
  const auto add = [&](const char* title, double flaw) {
    const std::vector<Input> inputs{random.weight({3, 37}), random.weight({5}), random.weight({3, 37}),
                                    random.weight({5})};
    cases.push_back({"mean_update", title, inputs, [flaw](std::span<const Tensor> in, DType) {
                       const Tensors means{target_of(in[0]), target_of(in[1])};
                       mean_update(means, Tensors{in[2].detach(), in[3].detach()}, number(0.7), number(flaw));
                       return means;
                     }});
  };
  add("two tensors", 0);
  add("a flaw that is none changes nothing", std::numeric_limits<double>::quiet_NaN());
}

void norms(Cases& cases) {
  Values random(802);
  const auto norm = [](std::span<const Tensor> in, DType) { return Tensors{squared_norm(in)}; };
  cases.push_back({"squared_norm", "two tensors", {random.data({3, 37}), random.weight({5})}, norm});
  // A sum of 15,000 terms: the oracle's own roundings grow to a hundred u.
  cases.push_back({"squared_norm", "several blocks", {random.data({3, 5000})}, norm, 4});
  // A kernel may sum a block in the data's type before it adds the blocks in f64.
  for (Case& one : cases) one.narrow_inside = one.narrow_inside || std::string_view(one.op) == "squared_norm";
  const auto scaled = [](std::span<const Tensor> in, DType) {
    Tensors targets{target_of(in[0]), target_of(in[1])};
    scale_in_place(targets, number(0.75));
    return targets;
  };
  cases.push_back({"scale_in_place", "two tensors", {random.data({3, 37}), random.weight({5})}, scaled});
}

}  // namespace

void add_update(Cases& cases) {
  beginnings(cases);
  optimizers(cases);
  scales(cases);
  means(cases);
  norms(cases);
}

}  // namespace strata::detail::conformance

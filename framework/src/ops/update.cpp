// Ops that change their targets in place; nothing here is differentiated.
#include "strata/ops/update.hpp"

#include <algorithm>
#include <limits>

#include "ops/check_index.hpp"
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> no_outputs(const OpCall&) { return {}; }
std::vector<TensorSpec> infer_squared_norm(const OpCall& call) {
  for (const Tensor& x : call.inputs) {
    if (!is_floating(x.dtype())) throw Error("E_DTYPE", "[squared_norm]", describe(x) + " is not of a floating type");
  }
  return {spec_of(DType::f64, {})};
}

constexpr Op in_place(const char* name) { return {.name = name, .infer = no_outputs, .differentiable = false}; }

const Op kAccumulate = in_place("accumulate"), kAssign = in_place("assign"), kAssignAt = in_place("assign_at"),
         kAdam = in_place("adam_update"), kAdamBegin = in_place("adam_begin"), kSgd = in_place("sgd_update"),
         kScale = in_place("scale_in_place");
const Op kSquaredNorm{.name = "squared_norm", .infer = infer_squared_norm, .differentiable = false};

std::string place(const char* op) { return "[" + std::string(op) + "]"; }

void check_same_shape(const char* op, const Tensor& target, const Tensor& x) {
  if (!(target.shape() == x.shape())) {
    throw Error("E_SHAPE", place(op), describe(x) + " into " + describe(target));
  }
}

void check_scalar(const char* op, const char* what, const Tensor& x) {
  if (x.defined() && x.rank() == 0 && is_floating(x.dtype())) return;
  throw Error("E_SHAPE", place(op), std::string(what) + " " + describe(x), "a floating 0-d tensor is needed");
}

// One list of tensors that goes with the parameters.
struct Companion {
  const char* name;
  const Tensors* tensors;
};

// The gradients that are there, then the targets: all parameters that have one, then each companion's.
struct Update {
  Tensors inputs, targets;

  Update(const char* op, const Tensors& parameters, const Tensors& gradients,
         std::initializer_list<Companion> companions) {
    const auto check_length = [&](const char* name, const Tensors& list) {
      if (list.size() == parameters.size()) return;
      throw Error(
          "E_SHAPE", place(op),
          std::to_string(list.size()) + " " + name + " for " + std::to_string(parameters.size()) + " parameters");
    };
    check_length("gradients", gradients);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor& parameter = parameters[i];
      if (!gradients[i].defined()) continue;
      if (parameter.dtype() != DType::f32 && parameter.dtype() != DType::f64) {
        throw Error("E_DTYPE", place(op), "parameter " + std::to_string(i) + " " + describe(parameter), "f32 or f64");
      }
      if (!is_floating(gradients[i].dtype())) {
        throw Error("E_DTYPE", place(op), "gradient " + std::to_string(i) + " " + describe(gradients[i]));
      }
      check_same_shape(op, parameter, gradients[i]);
      inputs.push_back(gradients[i]);
      targets.push_back(parameter);
    }
    for (const Companion& companion : companions) {
      check_length(companion.name, *companion.tensors);
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (!gradients[i].defined()) continue;
        const Tensor &mine = (*companion.tensors)[i], &parameter = parameters[i];
        check_same_shape(op, parameter, mine);
        if (mine.dtype() != parameter.dtype()) {
          throw Error("E_DTYPE", place(op),
                      std::string(companion.name) + " " + std::to_string(i) + " " + describe(mine) +
                          " of a parameter " + describe(parameter));
        }
        targets.push_back(mine);
      }
    }
  }

  void scalar(const char* op, const char* what, const Tensor& x) {
    check_scalar(op, what, x);
    inputs.push_back(x);
  }
};

}  // namespace

std::vector<const Op*> detail::update_ops() {
  return {&kAccumulate, &kAssign, &kAssignAt, &kAdamBegin, &kAdam, &kSgd, &kScale, &kSquaredNorm};
}

void add_in_place(const Tensor& target, const Tensor& x) {
  check_same_shape("accumulate", target, x);
  apply_in_place(kAccumulate, std::span(&x, 1), std::span(&target, 1));
}

void copy_into(const Tensor& to, const Tensor& from) {
  check_same_shape("assign", to, from);
  apply_in_place(kAssign, std::span(&from, 1), std::span(&to, 1));
}

void copy_into(std::span<const Tensor> to, std::span<const Tensor> from) {
  if (to.size() != from.size()) {
    throw Error("E_SHAPE", place("assign"), std::to_string(from.size()) + " tensors into " + std::to_string(to.size()));
  }
  for (std::size_t i = 0; i < to.size(); ++i) check_same_shape("assign", to[i], from[i]);
  if (!to.empty()) apply_in_place(kAssign, from, to);
}

// inputs: from, at; targets: to.
void copy_into(std::span<const Tensor> to, std::span<const Tensor> from, const Tensor& at) {
  const char* name = kAssignAt.name;
  if (to.size() != from.size()) {
    throw Error("E_SHAPE", place(name), std::to_string(from.size()) + " tensors into " + std::to_string(to.size()));
  }
  std::int64_t room = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const Tensor &x = from[i], &y = to[i];
    const std::string both = describe(x) + " into " + describe(y);
    bool fits = x.rank() >= 2 && x.rank() == y.rank() && x.size(0) <= y.size(0) && x.size(1) <= y.size(1);
    for (int axis = 2; fits && axis < x.rank(); ++axis) fits = x.size(axis) == y.size(axis);
    if (!fits) throw Error("E_SHAPE", place(name), both, "[R,T,...] into [N,C,...] with R <= N and T <= C");
    if (x.dtype() != y.dtype()) throw Error("E_DTYPE", place(name), both, "both of one type");
    room = std::min(room, y.size(1) - x.size(1));
  }
  if (to.empty()) return;
  detail::check_count(name, at, 0, room);
  Tensors inputs(from.begin(), from.end());
  inputs.push_back(at);
  apply_in_place(kAssignAt, inputs, to);
}

// inputs: step; targets: step, first_correction, second_correction.
void adam_begin(const Tensor& step, const AdamTensors& tensors, const AdamOptions& options) {
  const auto check = [](const char* what, const Tensor& x, DType dtype) {
    const std::string is = std::string(what) + " " + describe(x);
    if (!x.defined() || x.rank() != 0) throw Error("E_SHAPE", place("adam_begin"), is, "a 0-d tensor is needed");
    if (x.dtype() != dtype) throw Error("E_DTYPE", place("adam_begin"), is, std::string(name_of(dtype)) + " is needed");
  };
  check("step", step, DType::i64);
  check("first_correction", tensors.first_correction, DType::f64);
  check("second_correction", tensors.second_correction, DType::f64);
  const Tensor targets[] = {step, tensors.first_correction, tensors.second_correction};
  apply_in_place(kAdamBegin, std::span(&step, 1), targets,
                 OpAttributes().number("beta1", options.beta1).number("beta2", options.beta2));
}

// inputs: gradients, rate, scale, first_correction, second_correction; targets: parameters, first, second moments.
void adam_update(const AdamTensors& tensors, const UpdateScalars& scalars, const AdamOptions& options) {
  Update update("adam_update", tensors.parameters, tensors.gradients,
                {{"first moments", &tensors.first_moments}, {"second moments", &tensors.second_moments}});
  update.scalar("adam_update", "rate", scalars.rate);
  update.scalar("adam_update", "scale", scalars.scale);
  update.scalar("adam_update", "first_correction", tensors.first_correction);
  update.scalar("adam_update", "second_correction", tensors.second_correction);
  if (update.targets.empty()) return;
  apply_in_place(kAdam, update.inputs, update.targets,
                 OpAttributes()
                     .number("beta1", options.beta1)
                     .number("beta2", options.beta2)
                     .number("eps", options.eps)
                     .number("weight_decay", options.weight_decay)
                     .integer("decoupled", options.decoupled ? 1 : 0));
}

// inputs: gradients, rate, scale; targets: parameters, then momentum buffers unless momentum is 0.
void sgd_update(const SgdTensors& tensors, const UpdateScalars& scalars, const SgdOptions& options) {
  const Companion buffers{"momentum buffers", &tensors.momentum_buffers};
  Update update = options.momentum != 0 ? Update("sgd_update", tensors.parameters, tensors.gradients, {buffers})
                                        : Update("sgd_update", tensors.parameters, tensors.gradients, {});
  update.scalar("sgd_update", "rate", scalars.rate);
  update.scalar("sgd_update", "scale", scalars.scale);
  if (update.targets.empty()) return;
  apply_in_place(kSgd, update.inputs, update.targets,
                 OpAttributes()
                     .number("momentum", options.momentum)
                     .number("weight_decay", options.weight_decay)
                     .integer("nesterov", options.nesterov ? 1 : 0));
}

Tensor squared_norm(std::span<const Tensor> tensors) {
  Tensors present;
  for (const Tensor& x : tensors) {
    if (x.defined()) present.push_back(x);
  }
  return strata::apply(kSquaredNorm, present)[0];  // not std::apply, which the vector brings in
}

Tensor clip_factor(const Tensor& squared_norm, double limit) {
  check_scalar("clip_factor", "squared_norm", squared_norm);
  const DType dtype = squared_norm.dtype();
  const Tensor ratio = Tensor::scalar(limit, dtype, squared_norm.device()) / (sqrt(squared_norm) + 1e-6);
  return cast(minimum(ratio, Tensor::scalar(1, dtype, squared_norm.device())), DType::f32);
}

void scale_in_place(std::span<const Tensor> targets, const Tensor& factor) {
  check_scalar("scale_in_place", "factor", factor);
  for (const Tensor& target : targets) {
    if (!is_floating(target.dtype())) {
      throw Error("E_DTYPE", place("scale_in_place"), describe(target) + " is not of a floating type");
    }
  }
  if (!targets.empty()) apply_in_place(kScale, std::span(&factor, 1), targets);
}

}  // namespace strata

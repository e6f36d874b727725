// Ops that change their targets in place; nothing here is differentiated.
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> no_outputs(const OpCall&) { return {}; }

const Op kAccumulate{.name = "accumulate", .infer = no_outputs, .differentiable = false};
const Op kAssign{.name = "assign", .infer = no_outputs, .differentiable = false};

void check_same_shape(const char* op, const Tensor& target, const Tensor& x) {
  if (!(target.shape() == x.shape())) {
    throw Error("E_SHAPE", "[" + std::string(op) + "]", describe(x) + " into " + describe(target));
  }
}

}  // namespace

std::vector<const Op*> detail::update_ops() { return {&kAccumulate, &kAssign}; }

void add_in_place(const Tensor& target, const Tensor& x) {
  check_same_shape("accumulate", target, x);
  apply_in_place(kAccumulate, std::span(&x, 1), std::span(&target, 1));
}

void copy_into(const Tensor& to, const Tensor& from) {
  check_same_shape("assign", to, from);
  apply_in_place(kAssign, std::span(&from, 1), std::span(&to, 1));
}

}  // namespace strata

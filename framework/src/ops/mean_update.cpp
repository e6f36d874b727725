// The row mean_update. Inputs: values, decay, flaw; targets: means.
#include "ops/mean_update.hpp"

#include "ops/families.hpp"

namespace strata {
namespace {

constexpr const char* kName = "mean_update";
const Op kMeanUpdate{
    .name = kName, .infer = [](const OpCall&) { return std::vector<TensorSpec>(); }, .differentiable = false};

[[noreturn]] void fail(const char* code, const std::string& message, const char* hint) {
  throw Error(code, "[" + std::string(kName) + "]", message, hint);
}

}  // namespace

std::vector<const Op*> detail::mean_update_ops() { return {&kMeanUpdate}; }

void mean_update(std::span<const Tensor> means, std::span<const Tensor> values, const Tensor& decay,
                 const Tensor& flaw) {
  if (means.size() != values.size()) {
    fail("E_SHAPE", std::to_string(values.size()) + " values for " + std::to_string(means.size()) + " means",
         "as many of both are needed");
  }
  for (std::size_t i = 0; i < means.size(); ++i) {
    const std::string both = "value " + std::to_string(i) + " " + describe(values[i]) + ", mean " + describe(means[i]);
    if (!(means[i].shape() == values[i].shape())) fail("E_SHAPE", both, "both of one shape");
    const bool fits = means[i].dtype() == DType::f32 || means[i].dtype() == DType::f64;
    if (!fits || means[i].dtype() != values[i].dtype()) fail("E_DTYPE", both, "both f32 or both f64");
  }
  for (const Tensor* number : {&decay, &flaw}) {
    if (number->defined() && number->rank() == 0 && is_floating(number->dtype())) continue;
    fail("E_SHAPE", (number == &decay ? "decay " : "flaw ") + describe(*number), "a floating 0-d tensor is needed");
  }
  if (means.empty()) return;
  Tensors inputs(values.begin(), values.end());
  inputs.insert(inputs.end(), {decay, flaw});
  apply_in_place(kMeanUpdate, inputs, means);
}

}  // namespace strata

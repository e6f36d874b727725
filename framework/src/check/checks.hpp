// What the checks of all roles share: rows, comparisons, random inputs, ways to compute.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "strata/autograd/context.hpp"
#include "strata/check/check.hpp"
#include "strata/nn/layer.hpp"

namespace strata::detail {

// Thrown by a property that does not hold; the text becomes the row's detail.
struct CheckFailed {
  std::string detail;
};

class Checks {
 public:
  // body returns the row's detail, or throws: CheckFailed, or anything that the component itself throws.
  void property(const std::string& name, const std::function<std::string()>& body);
  // A figure without a verdict.
  void measure(const std::string& name, const std::function<std::string()>& body);
  void skip(const std::string& name, const std::string& reason);
  std::vector<CheckRow> take() { return std::move(rows_); }

 private:
  void run(const std::string& name, CheckRow::Verdict fine, const std::function<std::string()>& body);
  std::vector<CheckRow> rows_;
};

// Largest |got - expected| / max(1, |expected|); CheckFailed with `what` above the tolerance, for other shapes, and for
// what is no number.
double require_close(const Tensor& got, const Tensor& expected, double tolerance, const std::string& what);
// The same bits.
void require_same(const Tensor& got, const Tensor& expected, const std::string& what);
void require_finite(const Tensor& got, const std::string& what);
// "largest difference 3.1e-15, tolerance 1e-10"
std::string difference_text(double worst, double tolerance);

// Normal values from (seed, name).
Tensor random_input(const Shape& shape, std::int64_t seed, const std::string& name, DType dtype = DType::f64);

// Backward against central differences in f64: of `function` at the inputs and at every parameter of `layer`.
std::string check_gradients(const Layer& layer, const Tensors& inputs,
                            const std::function<Tensors(std::span<const Tensor>)>& function, std::int64_t seed);

// Plain loops and compositions only, for the rest of the scope.
class PlainKernels : public ContextScope {
 public:
  PlainKernels();
};

// Parameters written to a file and read into `to`, which has the same ones.
void copy_by_file(const Layer& from, const Layer& to);

// What the process holds grows by how much a call: `call` is run until it is warm, then forty times. CheckFailed above
// a quarter of a MiB.
std::string check_leak(const std::function<void()>& call);

// A hundred updates of an encoder-decoder on `dates`, in which `changes` (paths of the recipe) put the component.
std::string check_learning(const std::vector<std::pair<std::string, Config>>& changes, const CheckOptions& options,
                           const Host& host);

}  // namespace strata::detail

// What the checks of all roles share: rows, comparisons, random inputs, ways to compute.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
class Layer;
}

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
  // `forward`, which makes everything anew on the context's device, on each device that can run here beside the CPU.
  void devices(Registry& registry, const std::function<Tensor()>& forward);
  // Announces a check whose work is done before its row is made, as property() does by itself; false when it is left
  // out.
  static bool begins(const std::string& name);
  std::vector<CheckRow> take() { return std::move(rows_); }

 private:
  void add(CheckRow row);
  void run(const std::string& name, CheckRow::Verdict fine, const std::function<std::string()>& body);
  std::vector<CheckRow> rows_;
};

// A folder of its own that goes with it.
class Scratch {
 public:
  Scratch();  // E_IO_WRITE
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Largest |got - expected| / max(1, |expected|); CheckFailed with `what` above the tolerance, for other shapes, and for
// what is no number.
double require_close(const Tensor& got, const Tensor& expected, double tolerance, const std::string& what);
// The same bits.
void require_same(const Tensor& got, const Tensor& expected, const std::string& what);
void require_finite(const Tensor& got, const std::string& what);
// "largest difference 3.1e-15, tolerance 1e-10"
std::string difference_text(double worst, double tolerance);

// `call` throws strata::Error with one of these codes, or beginnings of codes; returns the code. CheckFailed for
// another one and for none.
std::string require_error(const std::function<void()>& call, std::initializer_list<std::string_view> codes,
                          const std::string& what);

// body(0) to body(count - 1) at once, each in a thread of its own; throws what the first of them threw.
void at_once(int count, const std::function<void(int)>& body);

// Normal values from (seed, name).
Tensor random_input(const Shape& shape, std::int64_t seed, const std::string& name, DType dtype = DType::f64);

// Backward against central differences in f64: of `function` at the inputs and at every parameter of `layer`.
std::string check_gradients(const Layer& layer, const Tensors& inputs,
                            const std::function<Tensors(std::span<const Tensor>)>& function, std::int64_t seed);

// The properties of every layer, by a forward that may be asked for again and again.
// The output, then the gradients of its sum at the inputs and at the layer's parameters.
Tensors output_and_gradients(const Layer& layer, const Tensors& inputs, const Tensor& output);
// `run` makes a new layer each time and returns output_and_gradients: the same bits three times.
std::string check_determinism(const std::function<Tensors()>& run);
// The output in f32 and under bf16, which is asked for with the context set: a rounding is 0.4 % of a number.
std::string check_half(const std::function<Tensor(DType compute)>& forward);
// Plain loops and this machine's best kernels, in f32.
std::string check_kernels(const std::function<Tensor()>& forward);
// `to`, made from another seed, gives the output of `from` once it has its parameters.
std::string check_file(const Layer& from, const Layer& to, const std::function<Tensor(bool second)>& forward);

// What the process holds grows by how much a call: `call` is run until it is warm, then forty times. CheckFailed above
// a quarter of a MiB.
std::string check_leak(const std::function<void()>& call);

// A hundred updates of an encoder-decoder on `dates`, in which `changes` (paths of the recipe) put the component. The
// loss must fall to `share` of the first updates': what reads the source reaches 0.05 to 0.31 of it; a decoder that is
// told nothing of it learns the form of a date, and stays at 0.47.
std::string check_learning(const std::vector<std::pair<std::string, Config>>& changes, const CheckOptions& options,
                           const Host& host, double share = 0.4);

}  // namespace strata::detail

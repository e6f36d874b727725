// Runs a conformance case on one backend, in one dtype and memory layout, forward and backward; and compares two runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/kernel/cases.hpp"
#include "strata/device/device.hpp"

namespace strata::detail::conformance {

// How floating data and fixed inputs lie in memory; weights stay dense, as kernels may demand.
enum class Layout {
  dense,
  padded,   // inside of a wider tensor, surrounded by NaN, not at its start
  swapped,  // the last two axes stored in the other order
};
const char* name_of(Layout layout);

struct Result {
  DType dtype;
  Shape shape;
  std::vector<double> values;
  bool given = true;  // a gradient that backward never wrote is not
};

struct Run {
  std::vector<Result> outputs, gradients;  // gradients: one an input, not given for those that have none
  std::string forward_by, backward_by;     // who served the case's op
  std::string damage;                      // what it wrote that was not its own; empty: nothing
};

struct Setting {
  std::string provider;
  DType dtype;
  Layout layout = Layout::dense;
  std::shared_ptr<Device> device = cpu_device();
  int shift = 0;  // of all addresses, in multiples of 64 bytes
};

// Nothing when the backend does not support the call. provider "reference" computes what is expected: in f64, on inputs
// that are rounded to `dtype` first, as for every other provider; an op that has no reference kernel is then made of
// others, down to those that have. "composition" and "vjp" are no kernels: the op made of others, and the gradient that
// a kernel without a backward is paired with (its forward is then the oracle's).
std::optional<Run> run_case(const Case& one, const Setting& setting);

// Whether the CPU has a reference kernel for the op.
bool has_reference(const Op& op);
// Who serves an op when `provider` is asked for.
std::string served_by(const Op& op, const std::string& provider);

struct Difference {
  double share = 0;     // of what is allowed; over 1 is a failure
  std::string message;  // where the worst stands
};
// Outputs and gradients of `got` against `expected`.
Difference compare(const Case& one, DType dtype, const Run& got, const Run& expected);
// The same, bit for bit: empty, or what differs.
std::string changed_bits(const Run& got, const Run& first);

}  // namespace strata::detail::conformance

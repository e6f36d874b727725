// Runs a conformance case on one backend, in one dtype and memory layout, forward and backward; and compares two runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/cases.hpp"

namespace conformance {

// How floating data and fixed inputs lie in memory; weights stay dense, as kernels may demand.
enum class Layout {
  dense,
  padded,   // inside of a wider tensor, surrounded by NaN, not at its start
  swapped,  // the last two axes stored in the other order
};
const char* name_of(Layout layout);

struct Result {
  strata::DType dtype;
  strata::Shape shape;
  std::vector<double> values;
  bool given = true;  // a gradient that backward never wrote is not
};

struct Run {
  std::vector<Result> outputs, gradients;  // gradients: one an input, not given for those that have none
  std::string forward_by, backward_by;     // who served the case's op
};

// True when the case has inputs whose dtype can be chosen.
bool has_data(const Case& one);

// Nothing when the backend does not support the call. provider "reference" computes what is expected: in f64, on inputs
// that are rounded to `dtype` first, as for every other provider. "composition" and "vjp" are no kernels: the op made
// of others, and the gradient that a kernel without a backward is paired with (its forward is then the reference's).
std::optional<Run> run_case(const Case& one, const std::string& provider, strata::DType dtype, Layout layout);

struct Difference {
  double share = 0;     // of what is allowed; over 1 is a failure
  std::string message;  // where the worst stands
};
// Outputs and gradients of `got` against `expected`.
Difference compare(const Case& one, strata::DType dtype, const Run& got, const Run& expected);

}  // namespace conformance

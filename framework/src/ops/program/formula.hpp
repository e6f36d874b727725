// Formula: an elementwise composition as a list of values, each made of earlier ones, from which programs are written.
// Private to libstrata.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "strata/device/program.hpp"

namespace strata::detail {

struct Value {
  Step step;
  std::array<int, 3> operands = {-1, -1, -1};  // earlier values
  int index = 0;                               // load: the input; narrow: the dtype
  double scale = 0, shift = 0;                 // affine; constant: `shift`
  bool passes = true;                          // gradients go through it
};

class Formula {
 public:
  struct Result {
    int value;
    DType dtype;  // that it is stored in
  };

  // One value each, however often it is asked for.
  int input(int index);
  int constant(double value);

  int affine(int x, double scale, double shift);
  int narrow(int x, DType to);
  int step(Step step, int a, int b = -1, int c = -1);

  std::vector<Value> values;
  std::vector<Result> results;
  bool wide = false;           // computes in f64
  bool differentiable = true;  // its gradient is that of its steps

 private:
  int append(const Value& value);
};

// The gradients of a formula's inputs, as one that computes its values again.
struct GradientFormula {
  Formula formula;
  std::vector<int> inputs;  // that result r is the gradient of
};
// Of those inputs that `needs` names and that a gradient reaches. Bit o of `given`: output o has a gradient, which is
// input `input_count` + o.
GradientFormula gradient_of(const Formula& of, int input_count, std::uint64_t needs, std::uint64_t given);

// Nothing where it is longer, or has more at a time, than a program can have.
std::optional<Program> program_from(const Formula& formula, int input_count);

}  // namespace strata::detail

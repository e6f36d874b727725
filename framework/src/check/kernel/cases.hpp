// A conformance case: one op of the table called through its public function on fixed inputs. The harness varies
// backend, dtype and memory layout, and knows what to expect from the oracle.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "strata/ops/op.hpp"

namespace strata::detail::conformance {

enum class Kind {
  data,    // has the dtype that is tested
  weight,  // the same, but f32 beside 16-bit data: parameters, cell states
  fixed,   // as it is: indices, masks, lengths
};

struct Input {
  Tensor value;  // f64 for data and weights; undefined: an optional input that is not given
  Kind kind = Kind::data;
};

struct Case {
  const char* op;     // the row of the table
  std::string title;  // what is special about it
  std::vector<Input> inputs;
  // dtype: the one tested, for functions that take it as an argument; f64 for the oracle.
  std::function<Tensors(std::span<const Tensor>, DType)> run;
  // Multiplies the tolerance where roundings add up beyond a single kernel's (16-bit states carried over a sequence).
  double amplification = 1;
  bool differences = true;  // small enough for finite differences
  // Values of the tested dtype are made on the way (gates), so that an f32 result is judged by the tested dtype, too.
  bool narrow_inside = false;
  // What the outputs must be, for ops whose oracle is no kernel (views); empty: the oracle's.
  std::vector<std::vector<double>> expected = {};
};

// Values that do not depend on the standard library's distributions.
class Values {
 public:
  explicit Values(unsigned seed) : engine_(seed) {}

  // Magnitudes in [low, high], of either sign when low > 0 is not asked to stay positive.
  Input data(const Shape& shape, double low = -1, double high = 1);
  Input away_from_zero(const Shape& shape);  // |value| in [0.1, 1]
  Input weight(const Shape& shape, double low = -0.5, double high = 0.5);
  Input indices(const Shape& shape, std::int64_t bound);
  Input mask(const Shape& shape);
  static Input integers(const std::vector<std::int64_t>& values, const Shape& shape);
  static Input bools(const std::vector<int>& values, const Shape& shape);
  static Input none() { return {{}, Kind::fixed}; }

  double unit() { return static_cast<double>(engine_() >> 5U) * 0x1p-27; }  // [0, 1)

 private:
  std::mt19937 engine_;
};

using Cases = std::vector<Case>;
void add_elementwise(Cases& cases);
void add_matrix(Cases& cases);
void add_reduce(Cases& cases);
void add_shape(Cases& cases);
void add_rows(Cases& cases);
void add_recurrent(Cases& cases);
void add_attention(Cases& cases);
void add_update(Cases& cases);

// The library's own cases: those of the ops that are built in. Their values are fixed, as tolerances are for results
// that do not cancel to nearly nothing.
const Cases& builtin_cases();
// The cases of one op, whoever brings it: for a plugin's op its examples, with values drawn from the seed; none
// without.
Cases cases_of(const Op& op, std::int64_t seed);
Cases cases_of_examples(const Op& op, std::int64_t seed);
// True when the case has inputs whose dtype can be chosen.
bool has_data(const Case& one);

}  // namespace strata::detail::conformance

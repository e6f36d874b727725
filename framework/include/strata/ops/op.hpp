// Op: a row of the op table, and the call that runs one. Everything differentiable goes through apply().
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

struct Op;

// The attributes of one call, owned. Names must be string literals.
class STRATA_API OpAttributes {
 public:
  OpAttributes() = default;
  // A copy owns its lists.
  OpAttributes(const OpAttributes& other) { *this = other; }
  OpAttributes& operator=(const OpAttributes& other);

  // Adds one attribute. E_INTERNAL beyond 12, or beyond 3 lists.
  OpAttributes& integer(const char* name, std::int64_t value);
  OpAttributes& number(const char* name, double value);
  OpAttributes& list(const char* name, const Shape& value);

  // As kernels see them; valid as long as this object, unchanged.
  Attributes view() const { return {items_.data(), count_}; }
  // By name; E_INTERNAL when it was not given.
  std::int64_t integer(const char* name) const { return require(name).integer; }
  double number(const char* name) const { return require(name).number; }
  // False when it was not given.
  bool flag(const char* name) const { return view().flag(name); }
  // By name; E_INTERNAL when it was not given.
  Shape list(const char* name) const;
  // Same names and values, in the same order.
  bool operator==(const OpAttributes& other) const;

 private:
  static constexpr int kCapacity = 12, kLists = 3;
  Attribute& append(const char* name);
  const Attribute& require(const char* name) const;

  std::array<Attribute, kCapacity> items_;
  std::array<Shape, kLists> lists_;
  std::int32_t count_ = 0, list_count_ = 0;
};

// What an op is called with. References into the caller: valid during the call.
struct OpCall {
  const Op& op;                    // the row that is run
  std::span<const Tensor> inputs;  // an optional one that is not given is undefined
  const OpAttributes& attributes;  // axes, flags, probabilities

  // Whether the optional input i was given.
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].defined(); }
};

// What a vjp sees: gradients[o] of output o (undefined where zero), the saved tensors that the row lists as read
// (others are undefined), and which input gradients are wanted.
struct VjpCall {
  const Op& op;                             // the row whose gradient is wanted
  std::span<const Tensor> inputs;           // as in forward, those that vjp_reads_inputs names
  std::span<const Tensor> outputs;          // as in forward, those that vjp_reads_outputs names
  std::span<const Tensor> gradients;        // of the outputs
  const OpAttributes& attributes;           // as in forward
  std::span<const TensorSpec> input_specs;  // dtype and shape of every input, saved or not
  std::uint64_t needs;                      // bit i: the gradient of input i is wanted; bit 63: of one from 63 on

  // Whether the gradient of input i is wanted.
  bool needed(std::size_t i) const { return ((needs >> (i < 63 ? i : 63)) & 1U) != 0; }
  const Tensor& gradient() const { return gradients[0]; }  // of output 0
  // Known also for inputs that were not saved.
  Shape input_shape(std::size_t i) const {
    return Shape(std::span(input_specs[i].shape, static_cast<std::size_t>(input_specs[i].rank)));
  }
};

// Bit 63 stands for all from 63 on (concat of many parts).
constexpr std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i < 63 ? i : 63); }

// A call by which `strata plugins test` holds an op that a plugin brings, and its kernels, against the op's composition
// in f64: in each dtype and memory layout that is supported, forward and backward.
struct OpExample {
  // What an input is to the op.
  enum class Kind {
    data,     // values of the dtype that is tested
    weight,   // the same, but f32 beside 16-bit data, and always dense: parameters
    index,    // i64
    boolean,  // masks
    absent,   // an optional input that is not given
  };
  // One input; its values are drawn.
  struct Input {
    Kind kind = Kind::data;     // data unless said otherwise
    Shape shape = {};           // its extents
    double low = -1, high = 1;  // values are drawn from [low, high); an index from [0, high)
  };
  std::vector<Input> inputs;     // in the op's order
  OpAttributes attributes = {};  // as apply() takes them
  double tolerance = 1;          // times what one kernel may be off: more where roundings add up, as along a sequence
};

// One row. `infer` is the shape and the dtype rule in one, since both read the same inputs and share their messages: it
// checks the call (Error E_SHAPE, E_DTYPE with place [name] and both shapes) and returns each output's spec.
struct Op {
  const char* name;  // of the op in the table, in kernel rows and in messages
  // Checks the call; dtype and shape of each output.
  std::vector<TensorSpec> (*infer)(const OpCall& call);
  Tensors (*compose)(const OpCall& call) = nullptr;  // in terms of other ops; a primitive has none
  Tensors (*vjp)(const VjpCall& call) = nullptr;     // gradients of all inputs (undefined where not needed)
  std::uint64_t vjp_reads_inputs = 0;                // bit i: vjp reads input i, which is then saved
  std::uint64_t vjp_reads_outputs = 0;               // bit i: vjp reads output i
  Tensors (*view)(const OpCall& call) = nullptr;     // the outputs are views of input 0: no kernel, `infer` unused
  // Adds gradients[0] into a dense gradient of input 0 in place, instead of building a mostly zero one (slice, index).
  void (*scatter)(const VjpCall& call, const Tensor& input_gradient) = nullptr;
  // Inputs whose gradient is a sum over the rows of input 0 and of the output gradient (linear's weight and bias):
  // inside a TimeLoop they are computed once for all steps.
  std::uint64_t sums_over_rows = 0;
  // Inputs whose gradient is that of output 0 itself, same shape and dtype (a fused addend): shared, never computed.
  std::uint64_t passes_gradient = 0;
  bool differentiable = true;  // false: its outputs never require a gradient
  // Of an op that a plugin brings: sizes that leave a tail of every vector, broadcasts, single elements, a large one.
  std::vector<OpExample> (*examples)() = nullptr;
};

// The table. Rows are copied, names included, and stay; a second row of one name is E_INTERNAL. find_op gives null when
// unknown. A plugin's ops come by stage_op (plugin/stage.hpp).
STRATA_API const Op& add_op(const Op& row);
STRATA_API const Op* find_op(std::string_view name);
STRATA_API std::vector<const Op*> all_ops();

// Runs an op: the best kernel that supports the inputs, else the composition; records it when gradients are wanted.
STRATA_API Tensors apply(const Op& op, std::span<const Tensor> inputs, const OpAttributes& attributes = {});
inline Tensors apply(const Op& op, std::initializer_list<Tensor> inputs, const OpAttributes& attributes = {}) {
  return apply(op, std::span(inputs.begin(), inputs.size()), attributes);
}
inline Tensor apply_one(const Op& op, std::initializer_list<Tensor> inputs, const OpAttributes& attributes = {}) {
  return apply(op, inputs, attributes)[0];
}

// Runs a kernel that changes outputs in place (optimizer updates): `targets` are passed as outputs, nothing is
// recorded, versions grow. The op's infer checks the call.
STRATA_API void apply_in_place(const Op& op, std::span<const Tensor> inputs, std::span<const Tensor> targets,
                               const OpAttributes& attributes = {});

// Helpers of infer functions.
// What infer returns for an output of this dtype and shape.
STRATA_API TensorSpec spec_of(DType dtype, const Shape& shape);
STRATA_API std::string describe(const Tensor& tensor);  // "f32[2,3]"
// f32 with a 16-bit float gives f32, f64 wins over all; integers and bool among themselves the wider. E_DTYPE when one
// is a float and the other is not.
STRATA_API DType promote(const char* op, DType a, DType b);

}  // namespace strata

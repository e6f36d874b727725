// Op: a row of the op table, and apply(), which runs an op. Every differentiable function of tensors is an op.
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

// The attributes of one call. The object owns its lists; names must be string literals.
class STRATA_API OpAttributes {
 public:
  OpAttributes() = default;
  // Copies the lists as well.
  OpAttributes(const OpAttributes& other) { *this = other; }
  OpAttributes& operator=(const OpAttributes& other);

  // Add one attribute. They throw E_INTERNAL when there are more than 12 attributes or 3 lists.
  OpAttributes& integer(const char* name, std::int64_t value);
  OpAttributes& number(const char* name, double value);
  OpAttributes& list(const char* name, const Shape& value);

  // Returns the attributes in the form for kernels, valid until this object changes or is destroyed.
  Attributes view() const { return {items_.data(), count_}; }
  // Returns the value of an attribute. Throws E_INTERNAL when it was not given.
  std::int64_t integer(const char* name) const { return require(name).integer; }
  double number(const char* name) const { return require(name).number; }
  // Returns whether a flag is set; false when it was not given.
  bool flag(const char* name) const { return view().flag(name); }
  // Returns the value of an attribute. Throws E_INTERNAL when it was not given.
  Shape list(const char* name) const;
  // True when names and values are equal, in the same order.
  bool operator==(const OpAttributes& other) const;

 private:
  static constexpr int kCapacity = 12, kLists = 3;
  Attribute& append(const char* name);
  const Attribute& require(const char* name) const;

  std::array<Attribute, kCapacity> items_;
  std::array<Shape, kLists> lists_;
  std::int32_t count_ = 0, list_count_ = 0;
};

// The arguments of an op call. They refer to objects of the caller and are valid during the call only.
struct OpCall {
  const Op& op;                    // op that is called
  std::span<const Tensor> inputs;  // inputs; an optional input that is not given is undefined
  const OpAttributes& attributes;  // attributes: axes, flags, probabilities

  // True when the optional input i was given.
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].defined(); }
};

// The arguments of a vjp function, which computes the gradients of the inputs from those of the outputs. Inputs and
// outputs that the row does not declare as read are undefined.
struct VjpCall {
  const Op& op;                             // op whose gradients are computed
  std::span<const Tensor> inputs;           // inputs of the forward call, as far as vjp_reads_inputs names them
  std::span<const Tensor> outputs;          // outputs of the forward call, as far as vjp_reads_outputs names them
  std::span<const Tensor> gradients;        // gradients of the outputs; an undefined one is zero
  const OpAttributes& attributes;           // attributes of the forward call
  std::span<const TensorSpec> input_specs;  // dtype and shape of every input, saved or not
  std::uint64_t needs;  // bit i: the gradient of input i is wanted; bit 63: that of any input from 63 on

  // True when the gradient of input i is wanted.
  bool needed(std::size_t i) const { return ((needs >> (i < 63 ? i : 63)) & 1U) != 0; }
  // The gradient of output 0.
  const Tensor& gradient() const { return gradients[0]; }
  // The shape of input i, which is known even when the input was not saved.
  Shape input_shape(std::size_t i) const {
    return Shape(std::span(input_specs[i].shape, static_cast<std::size_t>(input_specs[i].rank)));
  }
};

// The bit of input i in a mask. Bit 63 stands for all inputs from 63 on, as a concat of many parts has them.
constexpr std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i < 63 ? i : 63); }

// A test call of an op that a plugin adds. `strata plugins test` runs it forward and backward, in every supported dtype
// and memory layout, and compares the op and its kernels with the op's composition in f64.
struct OpExample {
  // The kind of an input.
  enum class Kind {
    data,     // values in the tested dtype
    weight,   // parameters: as data, but always dense, and f32 when the data has 16 bits
    index,    // i64
    boolean,  // masks
    absent,   // an optional input that is not given
  };
  // One input, with random values.
  struct Input {
    Kind kind = Kind::data;     // kind of the input
    Shape shape = {};           // extents of the input
    double low = -1, high = 1;  // range [low, high) of the values; that of an index is [0, high)
  };
  std::vector<Input> inputs;     // inputs, in the order of the op
  OpAttributes attributes = {};  // attributes of the call
  double tolerance = 1;  // factor of the allowed difference; above 1 when rounding errors add up, as along a sequence
};

// A row of the op table. `infer` contains both the shape rule and the dtype rule: it checks a call (throwing E_SHAPE or
// E_DTYPE with the place [name] and the shapes) and returns the dtype and shape of each output.
struct Op {
  const char* name;  // name in the table, in kernel rows and in messages
  // Checks a call and returns the dtype and shape of each output.
  std::vector<TensorSpec> (*infer)(const OpCall& call);
  Tensors (*compose)(const OpCall& call) = nullptr;  // computes the op by calling other ops; null for a primitive
  // Returns the gradients of all inputs, undefined where they are not needed.
  Tensors (*vjp)(const VjpCall& call) = nullptr;
  std::uint64_t vjp_reads_inputs = 0;   // bit i: vjp reads input i, which is therefore saved
  std::uint64_t vjp_reads_outputs = 0;  // bit i: vjp reads output i, which is therefore saved
  // Returns views of input 0; such an op has no kernel and does not use `infer`.
  Tensors (*view)(const OpCall& call) = nullptr;
  // Adds gradients[0] in place to a dense gradient of input 0. Ops like slice and index use it to avoid a gradient that
  // is mostly zeros.
  void (*scatter)(const VjpCall& call, const Tensor& input_gradient) = nullptr;
  // Bit i: the gradient of input i is a sum over the rows of input 0 and of the output gradient, as for the weight and
  // bias of linear. Inside a TimeLoop it is computed once for all steps.
  std::uint64_t sums_over_rows = 0;
  // Bit i: the gradient of input i equals that of output 0, with the same shape and dtype, as for a fused addend. The
  // two then share one tensor, and nothing is computed.
  std::uint64_t passes_gradient = 0;
  bool differentiable = true;  // false: the outputs never require a gradient
  // Returns test calls for an op of a plugin. They should contain sizes that are no multiple of a vector register,
  // broadcasts, single elements and a large size.
  std::vector<OpExample> (*examples)() = nullptr;
};

// The op table. add_op() copies a row and its name; rows are never removed, and a second row with the same name throws
// E_INTERNAL. find_op() returns null for an unknown name. Plugins add ops with register_op() instead
// (plugin/register_ops.hpp).
STRATA_API const Op& add_op(const Op& row);
STRATA_API const Op* find_op(std::string_view name);
STRATA_API std::vector<const Op*> all_ops();

// Runs an op with the best kernel that supports the inputs, or with its composition when there is none. Records the
// call when a gradient will be needed.
STRATA_API Tensors apply(const Op& op, std::span<const Tensor> inputs, const OpAttributes& attributes = {});
inline Tensors apply(const Op& op, std::initializer_list<Tensor> inputs, const OpAttributes& attributes = {}) {
  return apply(op, std::span(inputs.begin(), inputs.size()), attributes);
}
inline Tensor apply_one(const Op& op, std::initializer_list<Tensor> inputs, const OpAttributes& attributes = {}) {
  return apply(op, inputs, attributes)[0];
}

// Runs an op that changes `targets` in place, such as an optimizer update. The kernel gets the targets as its outputs.
// The call is not recorded, and the versions of the targets grow. The op's `infer` checks the call.
STRATA_API void apply_in_place(const Op& op, std::span<const Tensor> inputs, std::span<const Tensor> targets,
                               const OpAttributes& attributes = {});

// Helper of infer functions: returns the spec of an output with this dtype and shape.
STRATA_API TensorSpec spec_of(DType dtype, const Shape& shape);
// Returns the dtype and shape of a tensor in words: "f32[2,3]".
STRATA_API std::string describe(const Tensor& tensor);
// Returns the dtype of the result of a binary op: f64 when one is f64, f32 for f32 with a 16-bit float, and the wider
// one of two integers or bools. Throws E_DTYPE when one is a float and the other is not.
STRATA_API DType promote(const char* op, DType a, DType b);

}  // namespace strata

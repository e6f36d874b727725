// Program: a composition of elementwise ops as a list of steps for one element, so that a device computes it in one
// kernel instead of one kernel for each op. C++17 and plain data only, because kernel files include it.
#pragma once

#include <cstring>

#include "strata/device/kernel.hpp"

namespace strata {

// The op name in kernel rows that run programs: {"cuda", kProgramOp, "fused", ...}. libstrata calls the `forward`
// function of such a row for an op that has no kernel on that kind of device and whose composition consists of
// elementwise ops only, and calls it again for the gradients. The inputs of the call are broadcast to the shape of the
// outputs, which all have the same shape and are dense. The attribute "program" holds the program.
constexpr const char* kProgramOp = "program";

// The value that a step writes into register `to`. The operands a, b and c are numbers of registers unless a comment
// says otherwise; conditions are 0 or 1.
enum class Step : std::uint8_t {
  load,      // element of input a
  store,     // register a as element of output b; `to` is unused
  constant,  // constants[a]
  affine,    // a * constants[b] + constants[c]
  add,
  sub,
  mul,
  div,
  maximum,  // a where b <= a or a is a NaN, else b
  minimum,  // a where a <= b or a is a NaN, else b
  neg,
  abs,
  exp,
  log,
  sqrt,
  erf,
  sin,
  cos,
  tanh,
  sigmoid,
  relu,
  gelu,   // x * Phi(x), computed with erf
  round,  // to the nearest integer, ties to even
  equal,
  less,
  less_equal,
  logical_and,
  logical_not,
  where,             // a ? b : c
  narrow,            // a rounded to a dtype; b is the number of f32, f16 or bf16 in DType
  tanh_gradient,     // gradient of the input of tanh; a: the value of tanh, b: the gradient of that value
  sigmoid_gradient,  // likewise for sigmoid
  relu_gradient,     // likewise for relu
  gelu_gradient,     // gradient of the input of gelu; a: that input, b: the gradient of the value of gelu
};

// One step of a program.
struct Instruction {
  Step step;  // operation of the step
  // Register of the result, and operands (0 when unused). The result is written last, so `to` may equal an operand.
  std::uint8_t to, a, b, c;
};

constexpr int kProgramSteps = 128;     // largest number of steps
constexpr int kProgramConstants = 32;  // largest number of constants
constexpr int kProgramRegisters = 32;  // largest number of registers
constexpr int kProgramOperands = 16;   // largest number of inputs and outputs together

// A program: the steps that compute one element of each output.
struct Program {
  std::int32_t step_count;                 // number of steps
  std::int32_t constant_count;             // number of constants
  std::int32_t register_count;             // number of registers; those used are 0 to register_count - 1
  std::int32_t input_count, output_count;  // numbers of inputs and outputs of the call; absent inputs are never loaded
  DType computes;                          // type of the registers: f64 or f32 (f32 also for 16-bit tensors)
  Instruction steps[kProgramSteps];        // steps, in the order in which they run
  double constants[kProgramConstants];     // constants to which steps refer
};

// Returns the attribute "program" for a call.
inline Attribute program_attribute(const Program& program) {
  static_assert(sizeof(Program) % sizeof(std::int64_t) == 0, "a program is a list of words");
  return {"program", 0, 0, reinterpret_cast<const std::int64_t*>(&program), sizeof(Program) / sizeof(std::int64_t)};
}
// Returns the program in the attributes of a call.
inline Program program_of(const Attributes& attributes) {
  Program program{};
  const Attribute* const given = attributes.find("program");
  if (given != nullptr) std::memcpy(&program, given->list, sizeof program);
  return program;
}

}  // namespace strata

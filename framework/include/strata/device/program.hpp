// A program: what a composition of elementwise ops computes, step by step for one element, so that a device runs it in
// one kernel instead of one an op. C++17 and POD only, as kernel files include it.
#pragma once

#include <cstring>

#include "strata/device/kernel.hpp"

namespace strata {

// The name that a backend's rows for programs have in place of an op's: {"cuda", kProgramOp, "fused", ...}. libstrata
// calls such a row, `forward` alone, for every op on that kind of device whose composition is elementwise throughout
// and that no kernel of its own serves, and again for the gradients. The inputs of the call are broadcast to its
// outputs, which have one shape and are dense; the attribute "program" holds the program.
constexpr const char* kProgramOp = "program";

// What a step writes into register `to`. a, b, c are registers unless said otherwise; conditions are 0 or 1.
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
  gelu,   // by erf
  round,  // to the nearest integer, ties to even
  equal,
  less,
  less_equal,
  logical_and,
  logical_not,
  where,             // a ? b : c
  narrow,            // a rounded to the dtype that b numbers: f32, f16 or bf16
  tanh_gradient,     // the gradient b through tanh, whose value was a
  sigmoid_gradient,  // likewise
  relu_gradient,     // likewise
  gelu_gradient,     // the gradient b through gelu of a
};

// One step.
struct Instruction {
  Step step;                 // what is done
  std::uint8_t to, a, b, c;  // 0 where the step has no use of it; `to` is written last, and may be one of the others
};

constexpr int kProgramSteps = 128;     // of a program, at most
constexpr int kProgramConstants = 32;  // likewise
constexpr int kProgramRegisters = 32;  // likewise
constexpr int kProgramOperands = 16;   // inputs and outputs together, at most

// The steps of one element.
struct Program {
  std::int32_t step_count;                 // of `steps`
  std::int32_t constant_count;             // of `constants`
  std::int32_t register_count;             // those that it uses are the first
  std::int32_t input_count, output_count;  // of the call; inputs that are absent are never loaded
  DType computes;                          // f64 or f32: the type of registers, also beside 16 bits
  Instruction steps[kProgramSteps];        // in order
  double constants[kProgramConstants];     // what steps refer to
};

// The attribute that a program is given in.
inline Attribute program_attribute(const Program& program) {
  static_assert(sizeof(Program) % sizeof(std::int64_t) == 0, "a program is a list of words");
  return {"program", 0, 0, reinterpret_cast<const std::int64_t*>(&program), sizeof(Program) / sizeof(std::int64_t)};
}
// The program of a call of such a row.
inline Program program_of(const Attributes& attributes) {
  Program program{};
  const Attribute* const given = attributes.find("program");
  if (given != nullptr) std::memcpy(&program, given->list, sizeof program);
  return program;
}

}  // namespace strata

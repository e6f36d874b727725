// Formulas, and the programs that compute them: what nobody reads is left out, registers are used again.
#include "ops/program/formula.hpp"

#include <algorithm>
#include <bit>

namespace strata::detail {
namespace {

// Writes steps in the formula's order; inputs and constants come where they are first read.
class Writer {
 public:
  explicit Writer(const Formula& formula) : formula_(formula), results_(formula.results) {
    for (Formula::Result& result : results_) {  // what is stored is rounded there
      const Value& value = formula.values[at(result.value)];
      if (value.step == Step::narrow && value.index == static_cast<int>(result.dtype)) result.value = value.operands[0];
    }
    uses_.resize(formula.values.size());
    for (const Formula::Result& result : results_) use(result.value);
    registers_.resize(formula.values.size(), -1);
    for (int i = 0; i < kProgramRegisters; ++i) free_.push_back(kProgramRegisters - 1 - i);
  }

  std::optional<Program> write(int input_count) {
    program_.computes = formula_.wide ? DType::f64 : DType::f32;
    program_.input_count = input_count;
    program_.output_count = static_cast<std::int32_t>(results_.size());
    if (program_.input_count + program_.output_count > kProgramOperands) return std::nullopt;
    for (std::size_t v = 0; v < formula_.values.size(); ++v) {
      const Step step = formula_.values[v].step;
      if (uses_[v] > 0 && step != Step::load && step != Step::constant) compute(static_cast<int>(v));
    }
    for (const Formula::Result& result : results_) compute(result.value);  // an input or a constant as it is
    if (too_large_) return std::nullopt;
    return program_;
  }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }

  // Counts how often each value is read, from the results down.
  void use(int value) {
    std::vector<int> stack{value};
    while (!stack.empty()) {
      const int next = stack.back();
      stack.pop_back();
      if (uses_[at(next)]++ > 0) continue;
      for (const int operand : formula_.values[at(next)].operands) {
        if (operand >= 0) stack.push_back(operand);
      }
    }
  }

  void compute(int v) {
    if (registers_[at(v)] >= 0 || uses_[at(v)] == 0) return;
    const Value& value = formula_.values[at(v)];
    Instruction instruction{value.step, 0, 0, 0, 0};
    std::uint8_t* const fields[] = {&instruction.a, &instruction.b, &instruction.c};
    for (std::size_t k = 0; k < 3; ++k) {
      if (value.operands[k] < 0) continue;
      compute(value.operands[k]);
      *fields[k] = static_cast<std::uint8_t>(std::max(registers_[at(value.operands[k])], 0));
    }
    switch (value.step) {
      case Step::load: instruction.a = static_cast<std::uint8_t>(value.index); break;
      case Step::constant: instruction.a = constant(value.shift); break;
      case Step::narrow: instruction.b = static_cast<std::uint8_t>(value.index); break;
      case Step::affine:
        instruction.b = constant(value.scale);
        instruction.c = constant(value.shift);
        break;
      default: break;
    }
    for (const int operand : value.operands) {
      if (operand >= 0) done_with(operand);
    }
    if (free_.empty()) {
      too_large_ = true;
      return;
    }
    registers_[at(v)] = free_.back();
    free_.pop_back();
    program_.register_count = std::max(program_.register_count, registers_[at(v)] + 1);
    instruction.to = static_cast<std::uint8_t>(registers_[at(v)]);
    append(instruction);
    for (std::size_t output = 0; output < results_.size(); ++output) {
      if (results_[output].value != v) continue;
      append({Step::store, 0, instruction.to, static_cast<std::uint8_t>(output), 0});
      done_with(v);
    }
  }

  void done_with(int value) {
    if (--uses_[at(value)] == 0 && registers_[at(value)] >= 0) free_.push_back(registers_[at(value)]);
  }

  void append(const Instruction& instruction) {
    if (program_.step_count == kProgramSteps) {
      too_large_ = true;
    } else {
      program_.steps[program_.step_count++] = instruction;
    }
  }

  std::uint8_t constant(double value) {
    for (std::int32_t i = 0; i < program_.constant_count; ++i) {
      if (std::bit_cast<std::uint64_t>(program_.constants[i]) == std::bit_cast<std::uint64_t>(value))
        return static_cast<std::uint8_t>(i);
    }
    if (program_.constant_count == kProgramConstants) {
      too_large_ = true;
      return 0;
    }
    program_.constants[program_.constant_count] = value;
    return static_cast<std::uint8_t>(program_.constant_count++);
  }

  const Formula& formula_;
  std::vector<Formula::Result> results_;
  std::vector<int> uses_, registers_, free_;
  Program program_{};
  bool too_large_ = false;
};

}  // namespace

int Formula::append(const Value& value) {
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

int Formula::input(int index) {
  for (std::size_t v = 0; v < values.size(); ++v) {
    if (values[v].step == Step::load && values[v].index == index) return static_cast<int>(v);
  }
  return append({.step = Step::load, .index = index});
}

int Formula::constant(double value) {
  for (std::size_t v = 0; v < values.size(); ++v) {
    const bool same = std::bit_cast<std::uint64_t>(values[v].shift) == std::bit_cast<std::uint64_t>(value);
    if (values[v].step == Step::constant && same) return static_cast<int>(v);
  }
  return append({.step = Step::constant, .shift = value, .passes = false});
}

int Formula::affine(int x, double scale, double shift) {
  return append({.step = Step::affine, .operands = {x, -1, -1}, .scale = scale, .shift = shift});
}

int Formula::narrow(int x, DType to) {
  return append({.step = Step::narrow, .operands = {x, -1, -1}, .index = static_cast<int>(to)});
}

int Formula::step(Step step, int a, int b, int c) { return append({.step = step, .operands = {a, b, c}}); }

std::optional<Program> program_from(const Formula& formula, int input_count) {
  return Writer(formula).write(input_count);
}

}  // namespace strata::detail

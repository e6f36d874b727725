// Which compositions were traced already, and running their programs.
#include "ops/program/fusion.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "ops/dispatch.hpp"
#include "ops/program/trace.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using Words = std::vector<std::uint64_t>;

struct WordsHash {
  std::size_t operator()(const Words& words) const {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const std::uint64_t word : words) {
      hash = (hash ^ word) * 1099511628211ULL;
      hash ^= hash >> 29U;
    }
    return static_cast<std::size_t>(hash);
  }
};

// All that a composition can see of its call and of what surrounds it, besides elements.
void describe(const OpCall& call, Words* key) {
  const auto put = [&](auto word) { key->push_back(static_cast<std::uint64_t>(word)); };
  const Context& here = context();
  key->clear();
  put(reinterpret_cast<std::uintptr_t>(&call.op));
  put(reinterpret_cast<std::uintptr_t>(call.op.compose));
  put((here.training ? 1U : 0U) | (here.capture_weights ? 2U : 0U) | static_cast<unsigned>(here.compute) << 2U);
  const Attributes attributes = call.attributes.view();
  put(attributes.count);
  for (std::int32_t i = 0; i < attributes.count; ++i) {
    const Attribute& one = attributes.items[i];
    std::uint64_t number = 0;
    std::memcpy(&number, &one.number, sizeof number);
    put(reinterpret_cast<std::uintptr_t>(one.name)), put(one.integer), put(number), put(one.list_size);
    for (std::int32_t k = 0; k < one.list_size; ++k) put(one.list[k]);
  }
  for (const Tensor& input : call.inputs) {
    if (!input.defined()) {
      put(~std::uint64_t{0});
      continue;
    }
    put(static_cast<unsigned>(input.dtype()) | static_cast<unsigned>(input.rank()) << 8U);
    for (const std::int64_t extent : input.shape()) put(extent);
  }
}

struct Traced {
  std::mutex mutex;
  std::unordered_map<Words, std::shared_ptr<const Composition>, WordsHash> all;
};
// Never destroyed, as ops may run while the process ends.
Traced& traced() {
  static auto* one = new Traced;
  return *one;
}

std::shared_ptr<const Composition> trace(const OpCall& call, std::span<const TensorSpec> outputs) {
  const auto input_count = static_cast<int>(call.inputs.size());
  if (input_count >= kProgramOperands) return nullptr;
  std::optional<detail::Formula> formula = detail::Trace::of(call, outputs);
  if (!formula.has_value()) return nullptr;
  const std::optional<Program> program = detail::program_from(*formula, input_count);
  if (!program.has_value()) return nullptr;
  return std::make_shared<const Composition>(std::move(*formula), *program, input_count);
}

std::uint64_t inputs_read(const Program& program) {
  std::uint64_t reads = 0;
  for (std::int32_t s = 0; s < program.step_count; ++s) {
    if (program.steps[s].step == Step::load) reads |= bit(program.steps[s].a);
  }
  return reads;
}

}  // namespace

const Composition::Gradient* Composition::gradient(std::uint64_t needs, std::uint64_t given) const {
  if (!formula_.differentiable) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = gradients_.try_emplace({needs, given});
  if (is_new) {
    detail::GradientFormula gradients = detail::gradient_of(formula_, input_count_, needs, given);
    const int inputs = input_count_ + static_cast<int>(formula_.results.size());
    if (const auto program = detail::program_from(gradients.formula, inputs)) {
      found->second =
          std::make_unique<const Gradient>(Gradient{*program, std::move(gradients.inputs), inputs_read(*program)});
    }
  }
  return found->second.get();
}

std::uint64_t Composition::reads(std::uint64_t needs) const {
  const Gradient* const all = gradient(needs, bit(formula_.results.size()) - 1);
  return all == nullptr ? kReadsAll : all->reads;
}

std::shared_ptr<const Composition> composition_of(const OpCall& call, std::span<const TensorSpec> outputs) {
  constexpr std::size_t kMost = 4096;  // as a step has some, and their shapes change
  thread_local Words key;
  describe(call, &key);
  Traced& known = traced();
  {
    const std::lock_guard lock(known.mutex);
    const auto found = known.all.find(key);
    if (found != known.all.end()) return found->second;
  }
  std::shared_ptr<const Composition> composition = trace(call, outputs);
  const std::lock_guard lock(known.mutex);
  if (known.all.size() >= kMost) known.all.clear();
  return known.all.emplace(key, std::move(composition)).first->second;
}

Fusion find_fusion(const OpCall& call, std::span<const TensorSpec> outputs, std::string_view device,
                   KernelCall kernel_call) {
  const auto rows = kernels_for(device, kProgramOp);
  if (rows.empty() || call.op.compose == nullptr) return {};
  std::shared_ptr<const Composition> composition = composition_of(call, outputs);
  if (composition == nullptr) return {};
  const Attribute program = program_attribute(composition->program());
  kernel_call.attributes = {&program, 1};
  for (const KernelRow* row : rows) {
    if (row->supports == nullptr || row->supports(kernel_call)) return {row, std::move(composition)};
  }
  return {};
}

std::optional<Tensors> fused_gradients(const Fusion& fusion, const VjpCall& call) {
  std::uint64_t given = 0;
  Tensors inputs(call.inputs.begin(), call.inputs.end());
  for (std::size_t o = 0; o < call.gradients.size(); ++o) {
    if (call.gradients[o].defined()) given |= bit(o);
    inputs.push_back(call.gradients[o]);
  }
  const Composition::Gradient* const gradient = fusion.composition->gradient(call.needs, given);
  if (gradient == nullptr) return std::nullopt;
  Tensors results(call.inputs.size());
  if (gradient->inputs.empty()) return results;
  const Tensor& like =
      *std::find_if(call.gradients.begin(), call.gradients.end(), [](const Tensor& g) { return g.defined(); });
  // Of an input that was broadcast: each element's, to be added up.
  Tensors whole;
  for (const int i : gradient->inputs) {
    const auto at = static_cast<std::size_t>(i);
    const bool same = call.input_shape(at) == like.shape();
    whole.push_back(
        Tensor::empty(like.shape(), same ? call.input_specs[at].dtype : gradient->program.computes, like.device()));
  }
  run_program(*fusion.row, gradient->program, inputs, whole);
  for (std::size_t k = 0; k < whole.size(); ++k) {
    const auto at = static_cast<std::size_t>(gradient->inputs[k]);
    results[at] = sum_to(whole[k], call.input_shape(at));
  }
  return results;
}

}  // namespace strata

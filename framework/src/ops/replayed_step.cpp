// ReplayedStep.
#include "ops/replayed_step.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "ops/trained.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "tensor/impl.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kMostShapes = 256;  // recordings are a megabyte or so each; what comes beyond runs as it is

// What still lives when the step is over, once each.
std::vector<std::weak_ptr<Storage>> surviving(const std::vector<std::weak_ptr<Storage>>& changed) {
  std::set<std::shared_ptr<Storage>> seen;
  std::vector<std::weak_ptr<Storage>> alive;
  for (const std::weak_ptr<Storage>& one : changed) {
    std::shared_ptr<Storage> storage = one.lock();
    if (storage != nullptr && seen.insert(std::move(storage)).second) alive.push_back(one);
  }
  return alive;
}

}  // namespace

ReplayedStep::ReplayedStep(Step step, bool on, OnFallback on_fallback)
    : step_(std::move(step)), on_(on), on_fallback_(std::move(on_fallback)) {}

ReplayedStep::Key ReplayedStep::key_of(const Tensors& inputs) {
  Key key{static_cast<std::int64_t>(trained_key())};
  for (const Tensor& input : inputs) {
    key.push_back(input.defined() ? static_cast<std::int64_t>(input.dtype()) : -1);
    if (!input.defined()) continue;
    key.push_back(input.rank());
    for (const std::int64_t extent : input.shape()) key.push_back(extent);
  }
  return key;
}

void ReplayedStep::bump(const std::vector<std::weak_ptr<Storage>>& changed) {
  for (const std::weak_ptr<Storage>& one : changed) {
    if (const std::shared_ptr<Storage> storage = one.lock()) ++storage->version;
  }
}

// What was derived from the weights before is made anew within the recording, or its replays would read the old one.
void ReplayedStep::record(Taken& taken, const Tensors& inputs, Device& device) {
  for (const Tensor& input : inputs) {
    taken.inputs.push_back(input.defined() ? Tensor::empty(input.shape(), input.dtype(), input.device()) : Tensor());
  }
  taken.recording = device.record([&] {
    bump(taken.changed);  // in every attempt: what one that failed took down was never done
    taken.outputs = step_(taken.inputs);
  });
}

void ReplayedStep::give_up(const Error& error) {
  on_ = false;
  taken_.clear();
  if (on_fallback_) on_fallback_(error.what());
}

bool ReplayedStep::forget() {
  const bool any =
      std::any_of(taken_.begin(), taken_.end(), [](const auto& one) { return one.second.recording != nullptr; });
  taken_.clear();
  return any;
}

Tensors ReplayedStep::operator()(const Tensors& inputs) {
  const std::shared_ptr<Device> device = context().device;
  if (!on_ || device == nullptr || !device->records()) return step_(inputs);
  const ContextScope scope;
  const Key key = key_of(inputs);
  const auto found = taken_.find(key);
  if (found == taken_.end()) {
    std::vector<std::weak_ptr<Storage>> changed;
    context().changed = &changed;
    Tensors outputs;
    try {
      outputs = step_(inputs);
    } catch (const Error& error) {                         // recordings hold memory that a single step may need
      const bool repeatable = surviving(changed).empty();  // else what it has changed would be changed twice
      if (error.code() != "E_MEMORY_EXHAUSTED" || taken_.empty() || !repeatable) throw;
      give_up(error);
      return step_(inputs);
    }
    if (taken_.size() >= kMostShapes) {  // what was recorded before other parameters were frozen may never come again
      std::erase_if(taken_, [&](const auto& one) { return one.first[0] != key[0]; });
    }
    if (taken_.size() < kMostShapes) taken_[key].changed = surviving(changed);
    return outputs;
  }
  Taken& taken = found->second;
  if (taken.recording == nullptr) {
    try {
      record(taken, inputs, *device);
    } catch (const Error& error) {
      if (error.code() != "E_DEVICE_RECORD" && error.code() != "E_MEMORY_EXHAUSTED") throw;
      bump(taken.changed);
      give_up(error);
      return step_(inputs);
    }
  }
  Tensors to, from;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) to.push_back(taken.inputs[i]), from.push_back(inputs[i]);
  }
  copy_into(to, from);
  taken.recording->replay();
  bump(taken.changed);
  return taken.outputs;
}

}  // namespace strata::detail

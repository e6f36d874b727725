// ReplayedStep: a step of many small kernels, queued as a whole where its shapes repeat and the device can.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {
struct Storage;
}

namespace strata::detail {

class STRATA_API ReplayedStep {
 public:
  // A function of its inputs and of what it keeps on the device. An undefined input stays undefined.
  using Step = std::function<Tensors(const Tensors& inputs)>;
  // OnFallback why steps are queued op by op after all.
  using OnFallback = std::function<void(const std::string& reason)>;

  // on: false never records.
  ReplayedStep(Step step, bool on, OnFallback on_fallback);

  // The first time that inputs of these shapes come, the step runs as it is; the second time it is taken down
  // (Device::record), and from then on replayed. The outputs are right until the next call. Which parameters are frozen
  // counts as the shapes do: after a change the step is taken down anew.
  Tensors operator()(const Tensors& inputs);
  // Gives up what was taken down, whose memory somebody needs: it is taken down anew as its shapes come again. False:
  // there was nothing.
  bool forget();

 private:
  using Key = std::vector<std::int64_t>;
  struct Taken {
    Tensors inputs, outputs;
    std::vector<std::weak_ptr<Storage>> changed;
    std::unique_ptr<Recording> recording;  // null: the shapes came once so far
  };

  // What is trained, then the dtypes and shapes of the inputs.
  static Key key_of(const Tensors& inputs);
  static void bump(const std::vector<std::weak_ptr<Storage>>& changed);
  void record(Taken& taken, const Tensors& inputs, Device& device);
  void give_up(const Error& error);

  Step step_;
  bool on_;
  OnFallback on_fallback_;
  std::map<Key, Taken> taken_;
};

}  // namespace strata::detail

// What LoopRun shows of the model's writing at validation.
#include <string>

#include "strata/core/error.hpp"
#include "strata/model/model.hpp"
#include "strata/tensor/context.hpp"
#include "train/loop_run.hpp"

namespace strata::detail {

// Chooses the inputs, and writes one token for each of them: what cannot be read or written is found before a long
// training.
void LoopRun::prepare_samples() {
  const SampleOptions& options = options_.samples;
  const std::int64_t count = options.number();
  if (count == 0) return;
  if (!validates_) {
    throw Error("E_CONFIG_MISSING", "train.samples", "there is no validation at which samples could be shown",
                "give the data a split \"" + options_.valid_split + "\" and train.metrics a metric");
  }
  if (!job_.samples) fail_capability(*job_.model, "Generator", "train.samples");
  const auto* generator = dynamic_cast<const Generator*>(job_.model.get());
  const bool goes_on = generator != nullptr && generator->continues_input();
  if (options.prompts.empty() && !goes_on) {
    if (valid_texts_.empty()) valid_texts_ = read_text_pairs(*job_.dataset, options_.valid_split, *valid_);
    for (const TextPair& one : valid_texts_) {
      if (static_cast<std::int64_t>(samples_.size()) == count) break;
      samples_.push_back({one.source, {}, one.target});
    }
  } else {
    const std::vector<std::string> prompts = options.prompts.empty() ? std::vector<std::string>{""} : options.prompts;
    for (std::int64_t i = 0; i < count; ++i) {
      samples_.push_back({prompts[static_cast<std::size_t>(i) % prompts.size()], {}, {}});
    }
  }
  SampleOptions shortest = options;
  shortest.length = 1;
  write_samples(shortest);
}

void LoopRun::write_samples(const SampleOptions& options) {
  if (samples_.empty() || job_.communicator->rank() != 0) return;
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  std::vector<std::string> inputs;
  for (const SampleReport& one : samples_) inputs.push_back(one.input);
  const std::vector<std::string> outputs = job_.samples(options, inputs);
  if (outputs.size() != inputs.size()) {
    throw Error("E_INTERNAL", "train.samples",
                std::to_string(outputs.size()) + " samples for " + std::to_string(inputs.size()) + " inputs");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) samples_[i].output = outputs[i];
}

}  // namespace strata::detail

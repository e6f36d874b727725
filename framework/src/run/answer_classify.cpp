// Answerer "classify": labels of lines, or of any other examples.
#include <algorithm>
#include <memory>

#include "run/answerers.hpp"
#include "run/best_labels.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/answerer.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/classify_run.hpp"

namespace strata {
namespace {

Answer to_answer(const std::vector<Label>& labels) {
  Config::Items items;
  for (const Label& one : labels) {
    items.push_back(Config::object({{"label", one.text}, {"probability", one.probability}}));
  }
  return {labels.empty() ? "" : labels.front().text, Config::object({{"labels", Config::array(std::move(items))}}),
          tab_separated(labels)};
}

class Classify final : public Answerer {
 public:
  using Options = ClassifyOptions;

  Classify(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        options_(options),
        facts_(facts),
        classifier_(require<Classifier>(*facts.model, "Classifier", facts.place)) {
    const std::vector<FieldInfo> fields = facts.feed->input_fields();
    const bool texts = fields.size() == 1 && fields[0].kind == FieldKind::text;
    if (texts && facts.tokenizers.has("source")) {
      lines_ = std::make_unique<LineClassifier>(*facts.model, facts.tokenizers, options);
    }
  }

  std::int64_t chunk() const override { return options_.chunk; }

  void answer(std::span<const Example> examples, const Each& each) override {
    if (lines_ != nullptr) {
      std::vector<std::string> texts;
      for (const Example& one : examples) texts.push_back(one.fields.at(0).text);
      lines_->classify(texts, [&](const std::vector<Label>& labels) { each({to_answer(labels)}); });
      return;
    }
    const auto most = static_cast<std::size_t>(options_.batch_size);
    while (!examples.empty()) {
      const auto some = examples.first(std::min(most, examples.size()));
      const Batch batch = in_plugin("inputs()", *facts_.feed, [&] { return facts_.feed->inputs(some); });
      const TensorBatch tensors = to_tensors(batch);
      for (const std::vector<Label>& labels :
           detail::best_labels(classifier_, tensors, facts_.tokenizers, options_.top)) {
        each({to_answer(labels)});
      }
      examples = examples.subspan(some.size());
    }
  }

  std::vector<std::string> warnings() const override {
    return lines_ == nullptr ? std::vector<std::string>() : lines_->warnings();
  }

 private:
  Options options_;
  Facts facts_;
  Classifier& classifier_;
  std::unique_ptr<LineClassifier> lines_;  // null: the examples are no lines
};

}  // namespace

void detail::register_classify(Registry& registry) {
  registry.add<Answerer, Classify>(
      "classify", "Labels lines or other examples. For each of them it prints a line: label TAB probability.",
      answers_with<Classifier>("Classifier", "labels lines with it"));
}

}  // namespace strata

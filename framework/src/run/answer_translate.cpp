// Answerer "translate": texts that a model writes for lines.
#include "run/answerers.hpp"
#include "strata/core/json.hpp"
#include "strata/model/answerer.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/translate_run.hpp"

namespace strata {
namespace {

class Translate final : public Answerer {
 public:
  using Options = TranslateOptions;

  Translate(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        options_(options),
        model_(facts.model),
        translator_(*facts.model, facts.tokenizers, options) {}

  std::int64_t chunk() const override { return options_.chunk; }

  void answer(std::span<const Example> examples, const Each& each) override {
    std::vector<std::string> texts;
    for (const Example& one : examples) texts.push_back(one.fields.at(0).text);
    translator_.translate(texts, [&](std::int64_t, const std::vector<Translation>& n_best) {
      std::vector<Answer> answers;
      for (const Translation& one : n_best) answers.push_back({one.text, to_config(one)});
      each(answers);
    });
  }

  std::vector<std::string> warnings() const override { return translator_.warnings(); }

 private:
  Options options_;
  std::shared_ptr<Model> model_;
  Translator translator_;
};

bool writes_targets(const Model& model) {
  const auto* generator = dynamic_cast<const Generator*>(&model);
  return generator != nullptr && !generator->continues_input();
}

}  // namespace

void detail::register_translate(Registry& registry) {
  registry.add<Answerer, Translate>("translate", "Translates lines. For each of them it prints a line.",
                                    {"Generator", writes_targets, "writes texts with it"});
}

}  // namespace strata

// Answerer "generate": texts that go on with prompts.
#include "run/answerers.hpp"
#include "strata/model/answerer.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/generate_run.hpp"

namespace strata {
namespace {

class Generate final : public Answerer {
 public:
  using Options = GenerateOptions;

  Generate(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        options_(options),
        model_(facts.model),
        writer_(*model_, facts.feed, facts.tokenizers, options) {}

  std::vector<FieldInfo> fields() const override { return {{"prompt"}}; }
  std::int64_t chunk() const override { return options_.batch_size; }

  void answer(std::span<const Example> examples, const Each& each) override {
    std::vector<std::string> prompts;
    std::vector<std::int64_t> numbers;
    for (const Example& one : examples) {
      prompts.push_back(one.fields.at(0).text);
      numbers.push_back(one.index);
    }
    writer_.generate(prompts, numbers, [&](const std::vector<Generation>& outputs) {
      std::vector<Answer> answers;
      for (const Generation& one : outputs) answers.push_back({one.text, to_config(one)});
      each(answers);
    });
  }

  std::vector<std::string> warnings() const override { return writer_.warnings(); }

 private:
  Options options_;
  std::shared_ptr<Model> model_;
  TextWriter writer_;
};

bool goes_on(const Model& model) {
  const auto* generator = dynamic_cast<const Generator*>(&model);
  return generator != nullptr && generator->continues_input();
}

}  // namespace

void detail::register_generate(Registry& registry) {
  registry.add<Answerer, Generate>("generate",
                                   "Goes on with prompts. For each output it prints the text without its prompt.",
                                   {"Generator", goes_on, "goes on with prompts"});
}

}  // namespace strata

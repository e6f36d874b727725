// Vocabularies of a recipe: which tokenizer each has, and from which texts it learns.
#include "run/vocabularies.hpp"

#include <algorithm>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

// Calls train() with the texts of some fields, example by example.
void learn(Tokenizer& tokenizer, const std::vector<std::size_t>& fields, const Dataset& dataset,
           const std::string& split) {
  const std::unique_ptr<ExampleReader> reader = in_plugin("open()", dataset, [&] { return dataset.open(split); });
  Example example;
  std::size_t next = fields.size();
  const LineSource lines = [&](std::string& line) {
    if (next == fields.size()) {
      if (!in_plugin("next()", *reader, [&] { return reader->next(example); })) return false;
      next = 0;
    }
    line = example.fields.at(fields[next++]).text;
    return true;
  };
  in_plugin("train()", tokenizer, [&] { tokenizer.train(lines); });
}

}  // namespace

Tokenizers make_tokenizers(const Recipe& recipe, const Feed& feed, Registry& registry) {
  const std::vector<VocabularyPlan> plans = in_plugin("vocabularies()", feed, [&] { return feed.vocabularies(); });
  std::vector<std::string> names;  // those of the recipe's tokenizer
  for (const VocabularyPlan& plan : plans) {
    if (plan.tokenizer.is_null()) names.push_back(plan.name);
  }
  const Tokenizers of_recipe = strata::make_tokenizers(names, [&] {
    if (!recipe.tokenizer) {
      throw Error("E_CONFIG_MISSING", "tokenizer",
                  "is missing: the feed \"" + recipe.feed.type() + "\" has texts (" + names.front() + ")",
                  "for example \"tokenizer\": \"word\"");
    }
    return recipe.tokenizer.make();
  });
  Tokenizers tokenizers;
  for (const VocabularyPlan& plan : plans) {
    const bool own = !plan.tokenizer.is_null();
    tokenizers.add(plan.name, own ? registry.make<Tokenizer>(plan.tokenizer) : of_recipe.shared(plan.name));
  }
  return tokenizers;
}

Tokenizers learn_tokenizers(const Recipe& recipe, const Feed& feed, const Dataset& dataset, const std::string& split,
                            Registry& registry) {
  Tokenizers tokenizers = make_tokenizers(recipe, feed, registry);
  const std::vector<FieldInfo> declared = dataset.fields();
  std::vector<Tokenizer*> learnt;
  for (const Tokenizers::Named& one : tokenizers.all()) {
    if (std::find(learnt.begin(), learnt.end(), one.tokenizer.get()) != learnt.end()) continue;
    learnt.push_back(one.tokenizer.get());
    std::vector<std::size_t> fields;
    for (const VocabularyPlan& plan : feed.vocabularies()) {
      if (tokenizers.shared(plan.name) != one.tokenizer) continue;
      for (const std::string& name : plan.fields) {
        fields.push_back(find_field(declared, name, FieldKind::text, "[" + recipe.feed.type() + "]"));
      }
    }
    learn(*one.tokenizer, fields, dataset, split);
  }
  return tokenizers;
}

}  // namespace strata::detail

// The model with which an answerer is checked.
#include "check/answerer_model.hpp"

#include <algorithm>
#include <limits>

#include "check/feed_data.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

// Names of the models that can be made without an option, those that are registered first.
std::vector<std::string> model_names(const Registry& registry) {
  std::vector<std::string> names;
  for (const bool registered : {true, false}) {
    for (const ComponentInfo& one : registry.components("model")) {
      const bool needs =
          std::any_of(one.options.begin(), one.options.end(), [](const OptionInfo& option) { return option.required; });
      if (!needs && registry.registered("model", one.name) == registered) names.push_back(one.name);
    }
  }
  return names;
}

// A model that is not larger serves at once; else the smallest one that fits does, as published sizes take minutes.
constexpr std::int64_t kSmallModel = 5000000;

std::int64_t parameter_count(const Model& model) {
  std::int64_t count = 0;
  for (const NamedParameter& one : model.parameters()) count += one.parameter.shape().numel();
  return count;
}

}  // namespace

AnswererModel find_model(const Answerer::Traits& traits, const CheckOptions& options, Registry& registry) {
  std::string tried;
  AnswererModel smallest{{}, {}, nullptr, {}};
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const std::string& name : model_names(registry)) {
    tried += (tried.empty() ? "" : ", ") + name;
    try {
      const Config feed(registry.traits<Model>(Config(name)).feed);
      for (const FeedData& data : feed_data(feed, options, registry)) {
        Feed::Facts facts;
        facts.dataset = data.dataset;
        facts.tokenizers = data.tokenizers;
        const std::shared_ptr<Feed> with_data = registry.make<Feed>(feed, facts);
        const std::shared_ptr<Model> model = registry.make<Model>(Config(name), {with_data->sizes()});
        if (traits.fits != nullptr && !traits.fits(*model)) break;  // on no data
        const std::int64_t count = parameter_count(*model);
        if (count >= least) break;
        facts.saved = with_data->saved();
        facts.dataset = nullptr;
        smallest = {name + " on " + data.name,
                    {model, registry.make<Feed>(feed, facts), data.tokenizers, "check"},
                    data.dataset,
                    data.other};
        least = count;
        break;
      }
    } catch (const Error&) {  // this model needs options, or other data
      continue;
    }
    if (least <= kSmallModel) break;
  }
  if (smallest.facts.model == nullptr) return {tried.empty() ? "there is no model" : tried, {}, nullptr, {}};
  smallest.facts.model->materialise(static_cast<std::uint64_t>(options.seed));
  return smallest;
}

std::vector<Example> examples_for(const AnswererModel& found, const std::vector<FieldInfo>& fields, std::size_t count) {
  const std::vector<FieldInfo> given = found.dataset->fields();
  std::vector<std::size_t> places;
  for (const FieldInfo& field : fields) {
    const auto alike = [&](const FieldInfo& one) { return one.kind == field.kind && one.shape == field.shape; };
    auto at = std::find_if(given.begin(), given.end(),
                           [&](const FieldInfo& one) { return alike(one) && one.name == field.name; });
    if (at == given.end()) at = std::find_if(given.begin(), given.end(), alike);
    if (at == given.end()) {
      throw Error("E_DATA_FIELD", found.name, "the data has no field like \"" + field.name + "\"",
                  "--dataset names other data");
    }
    places.push_back(static_cast<std::size_t>(at - given.begin()));
  }
  std::vector<Example> examples;
  const std::unique_ptr<ExampleReader> reader = found.dataset->open(found.split);
  for (Example one; examples.size() < count && reader->next(one);) {
    Example& example = examples.emplace_back();
    example.index = static_cast<std::int64_t>(examples.size()) - 1;
    for (const std::size_t place : places) example.fields.push_back(one.fields.at(place));
  }
  return examples;
}

}  // namespace strata::detail

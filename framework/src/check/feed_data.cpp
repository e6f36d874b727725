// The data with which feeds are checked: the choice, a generated dataset, and tokenizers.
#include "check/feed_data.hpp"

#include <algorithm>

#include "check/checks.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kTrain = 900, kOther = 70;

// Examples with a field of each kind.
class GeneratedData final : public Dataset {
 public:
  explicit GeneratedData(std::int64_t seed) : seed_(seed) {}

  std::vector<FieldInfo> fields() const override {
    return {{"text", FieldKind::text, {}, 0, true},  {"label", FieldKind::text, {}, 0, true},
            {"class", FieldKind::ids, {}, 5, false}, {"tags", FieldKind::ids, {-1}, 7, false},
            {"image", FieldKind::numbers, {2, 3}},   {"series", FieldKind::numbers, {-1, 2}}};
  }
  std::vector<std::string> splits() const override { return {"train", "valid"}; }
  std::string stamp(std::string_view split) const override {
    return "generated " + std::string(split) + " " + std::to_string(seed_);
  }
  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    if (split == "train") return std::make_unique<Reader>(seed_, "train", kTrain);
    if (split == "valid") return std::make_unique<Reader>(seed_, "valid", kOther);
    throw Error("E_DATA_SPLIT", "[generated]", "has no split '" + printable(split, 60) + "'", "known: train, valid");
  }

 private:
  class Reader final : public ExampleReader {
   public:
    Reader(std::int64_t seed, std::string split, std::int64_t count)
        : seed_(seed), split_(std::move(split)), count_(count) {}

    bool next(Example& example) override {
      if (at_ == count_) return false;
      Rng random(static_cast<std::uint64_t>(seed_), "check/feed/" + split_ + "/" + std::to_string(at_));
      example.fields.assign(6, {});
      for (std::uint64_t words = 8 + random.below(30); words > 0; --words) {
        example.fields[0].text += "word" + std::to_string(random.below(50)) + (words > 1 ? " " : "");
      }
      // All classes occur among the first examples, so that each split knows them.
      const auto kind = static_cast<std::int32_t>(at_ < 5 ? at_ : static_cast<std::int64_t>(random.below(5)));
      example.fields[1].text = "class " + std::to_string(kind);
      example.fields[2].ids = {kind};
      for (std::uint64_t n = 1 + random.below(6); n > 0; --n) {
        example.fields[3].ids.push_back(static_cast<std::int32_t>(random.below(7)));
      }
      for (int i = 0; i < 6; ++i) example.fields[4].numbers.push_back(static_cast<float>(random.normal()));
      for (std::uint64_t n = 2 * (1 + random.below(5)); n > 0; --n) {
        example.fields[5].numbers.push_back(static_cast<float>(random.normal()));
      }
      example.continues = at_ % 7 == 3;
      example.index = at_++;
      return true;
    }

   private:
    std::int64_t seed_;
    std::string split_;
    std::int64_t count_, at_ = 0;
  };

  std::int64_t seed_;
};

Tokenizers learnt(const Feed& feed, const Dataset& dataset, const std::string& split, Registry& registry) {
  Tokenizers tokenizers;
  std::vector<Example> examples;
  for (const VocabularyPlan& plan : feed.vocabularies()) {
    if (examples.empty()) examples = examples_of(dataset, split);
    std::vector<std::string> texts;
    for (const std::string& name : plan.fields) {
      const std::size_t at = find_field(dataset.fields(), name, FieldKind::text, "vocabulary " + plan.name);
      for (const Example& one : examples) texts.push_back(one.fields.at(at).text);
    }
    const Config word = Config::object({{"type", "word"}, {"split", "symbols"}});
    const std::shared_ptr<Tokenizer> tokenizer =
        registry.make<Tokenizer>(plan.tokenizer.is_null() ? word : plan.tokenizer);
    std::size_t next = 0;
    tokenizer->train([&](std::string& line) {
      if (next == texts.size()) return false;
      line = texts[next++];
      return true;
    });
    tokenizers.add(plan.name, tokenizer);
  }
  return tokenizers;
}

FeedData made(const Config& spec, const std::string& name, std::shared_ptr<const Dataset> dataset, Registry& registry) {
  Feed::Facts facts;
  facts.dataset = dataset;
  const std::shared_ptr<Feed> feed = registry.make<Feed>(spec, facts);
  const std::vector<std::string> splits = dataset->splits();
  if (splits.empty()) throw Error("E_DATA_SPLIT", "[" + name + "]", "the dataset has no split");
  FeedData data{name, dataset, learnt(*feed, *dataset, splits.front(), registry), splits.front(), splits.front()};
  if (splits.size() > 1) data.other = splits[1];
  return data;
}

}  // namespace

std::vector<Example> examples_of(const Dataset& dataset, const std::string& split) {
  std::vector<Example> examples;
  const std::unique_ptr<ExampleReader> reader = dataset.open(split);
  for (Example one; reader->next(one);) examples.push_back(one);
  return examples;
}

std::set<std::int64_t> full_examples(const std::vector<Example>& examples, const std::vector<FieldInfo>& fields) {
  std::set<std::int64_t> indices;
  for (const Example& one : examples) {
    bool full = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Field& field = one.fields.at(i);
      full = full && !(field.text.empty() && field.ids.empty() && field.numbers.empty());
    }
    if (full) indices.insert(one.index);
  }
  return indices;
}

std::vector<FeedData> feed_data(const Config& spec, const CheckOptions& options, Registry& registry) {
  if (!options.dataset.empty()) {
    const Config data =
        options.dataset.front() == '{' ? parse_json(options.dataset, "--dataset") : Config(options.dataset);
    const Config* type = data.is_object() ? data.find("type") : nullptr;
    const std::string name = type != nullptr && type->is_string() ? type->string() : options.dataset;
    return {made(spec, name, registry.make<Dataset>(data), registry)};
  }
  std::vector<std::pair<std::string, std::shared_ptr<const Dataset>>> known;
  if (registry.has("dataset", "samples")) {
    const Config dates = Config::object(
        {{"type", "samples"}, {"name", "dates"}, {"train", 700}, {"valid", 70}, {"test", 20}, {"seed", options.seed}});
    known.emplace_back("samples", registry.make<Dataset>(dates));
  }
  known.emplace_back("generated", std::make_shared<GeneratedData>(options.seed));
  std::vector<FeedData> accepted;
  for (std::size_t i = 0; i < known.size(); ++i) {
    try {
      accepted.push_back(made(spec, known[i].first, known[i].second, registry));
    } catch (const Error& fault) {
      if (fault.code() != "E_DATA_FIELD") throw;
      if (i + 1 < known.size() || !accepted.empty()) continue;
      throw Error(fault.code(), fault.place(), fault.message(),
                  "--dataset names the dataset with which a feed is checked; " + fault.hint());
    }
  }
  return accepted;
}

}  // namespace strata::detail

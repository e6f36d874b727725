// Dataset "samples": small tasks of our own making, so that there is something to learn with nothing fetched.
#include "samples.hpp"

#include <strata/core/error.hpp>
#include <strata/core/rng.hpp>
#include <strata/data/dataset.hpp>
#include <strata/plugin/plugin.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

#include "stories_dataset.hpp"

namespace {
using namespace strata;

enum class Task { dates, numbers, questions };

// How many digits a number has is drawn evenly, else nearly all would have six.
std::vector<std::int64_t> draw_numbers(std::size_t count, std::int64_t seed) {
  constexpr std::array<std::int64_t, 7> kPowers = {0, 10, 100, 1000, 10000, 100000, samples::kNumbers};
  Rng rng(static_cast<std::uint64_t>(seed), "samples/numbers");
  std::unordered_set<std::int64_t> seen;
  std::vector<std::int64_t> numbers;
  while (numbers.size() < count) {
    const auto digits = static_cast<std::size_t>(rng.below(6));
    const std::int64_t low = kPowers[digits], high = kPowers[digits + 1];
    const std::int64_t number = low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low)));
    if (seen.insert(number).second) numbers.push_back(number);
  }
  rng.shuffle(numbers);  // the small ones came first
  return numbers;
}

std::vector<std::int64_t> draw_days(std::size_t count, std::int64_t seed) {
  std::vector<std::int64_t> days(samples::kDays);
  std::iota(days.begin(), days.end(), 0);
  Rng(static_cast<std::uint64_t>(seed), "samples/days").shuffle(days);
  days.resize(count);
  return days;
}

// A question as one number: its choice, then its form.
constexpr auto kForms = static_cast<std::int64_t>(samples::kPlainForms + samples::kNestedForms);
samples::Question question_of(std::int64_t item) { return {static_cast<std::size_t>(item % kForms), item / kForms}; }

// Labels are drawn evenly; one question in 25 is nested.
std::vector<std::int64_t> draw_questions(std::size_t count, std::int64_t seed) {
  constexpr std::uint64_t kPlain = samples::kPlainForms, kNested = samples::kNestedForms, kTimes = 6;
  Rng rng(static_cast<std::uint64_t>(seed), "samples/questions");
  std::unordered_set<std::int64_t> seen;
  std::vector<std::int64_t> questions;
  while (questions.size() < count) {
    const std::uint64_t drawn = rng.below(kPlain * kTimes + kNested);
    const std::uint64_t form = drawn < kPlain * kTimes ? drawn / kTimes : drawn - kPlain * kTimes + kPlain;
    const std::uint64_t choice = rng.below(static_cast<std::uint64_t>(samples::form_questions(form)));
    const auto item = static_cast<std::int64_t>(choice) * kForms + static_cast<std::int64_t>(form);
    if (seen.insert(item).second) questions.push_back(item);
  }
  return questions;
}

std::vector<std::int64_t> draw(Task task, std::size_t count, std::int64_t seed) {
  switch (task) {
    case Task::dates: return draw_days(count, seed);
    case Task::numbers: return draw_numbers(count, seed);
    default: return draw_questions(count, seed);
  }
}

struct SampleOptions {
  Task task = Task::dates;
  std::int64_t train = 20000, valid = 500, test = 1000, seed = 1;
  bool parts = false;
  void visit(auto& option) {
    option("name", task,
           "name of the task: dates (English and French to ISO), numbers (English words to German) or questions (type "
           "of the answer)",
           {{"dates", Task::dates}, {"numbers", Task::numbers}, {"questions", Task::questions}});
    option("train", train, "number of pairs for training").range(1, 60000);
    option("valid", valid, "number of pairs for validation").range(1, 5000);
    option("test", test, "number of pairs for testing").range(1, 5000);
    option("seed", seed, "seed of the pairs").min(0);
    option("parts", parts, "switch for spaces between the parts of German number words (vier und siebzig)");
  }
};

// A day, number or question is drawn once, and no two of them share a text: splits never overlap.
class SamplesReader final : public ExampleReader {
 public:
  SamplesReader(const SampleOptions& options, std::vector<std::int64_t> items)
      : options_(options), items_(std::move(items)) {}

  bool next(Example& example) override {
    if (at_ == items_.size()) return false;
    const std::int64_t item = items_[at_];
    const auto index = static_cast<std::int64_t>(at_);
    Rng rng(static_cast<std::uint64_t>(options_.seed), "samples/form/" + std::to_string(item));
    if (options_.task == Task::dates) {
      const int form = static_cast<int>(rng.below(samples::kDateForms));
      set_texts(example, {samples::date_text(item, form), samples::iso_date(item)}, index);
    } else if (options_.task == Task::numbers) {
      const bool british = rng.below(2) == 1;
      set_texts(example,
                {samples::english_number(item, british), samples::german_number(item, options_.parts ? " " : "")},
                index);
    } else {
      const samples::Question question = question_of(item);
      set_texts(example, {samples::question_text(question), samples::question_label(question)}, index);
    }
    ++at_;
    return true;
  }

 private:
  SampleOptions options_;
  std::vector<std::int64_t> items_;
  std::size_t at_ = 0;
};

class Samples final : public Dataset {
 public:
  using Options = SampleOptions;
  explicit Samples(const Options& options) : options_(options) {}

  std::vector<std::string> splits() const override { return {"train", "valid", "test"}; }
  std::unique_ptr<ExampleReader> open(std::string_view split) const override;

 private:
  Options options_;
};

std::unique_ptr<ExampleReader> Samples::open(std::string_view split) const {
  std::int64_t begin = 0, count = 0;
  if (split == "test") {
    count = options_.test;
  } else if (split == "valid") {
    begin = options_.test;
    count = options_.valid;
  } else if (split == "train") {
    begin = options_.test + options_.valid;
    count = options_.train;
  } else {
    throw Error("E_DATA_SPLIT", "[samples]", "has no split '" + printable(split, 60) + "'",
                "known: train, valid, test");
  }
  const auto total = static_cast<std::size_t>(options_.test + options_.valid + options_.train);
  const std::vector<std::int64_t> all = draw(options_.task, total, options_.seed);
  return std::make_unique<SamplesReader>(options_,
                                         std::vector<std::int64_t>(all.begin() + begin, all.begin() + begin + count));
}

}  // namespace

STRATA_PLUGIN("samples-dataset", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Dataset, Samples>("samples",
                                  "built-in tasks: dates to ISO, English number words to German, types of questions");
  r.add<strata::Dataset, strata::Stories>("stories",
                                          "built-in documents for language models: short stories in English");
});

// Dataset "stories": documents for language models, with nothing fetched.
#include "stories_dataset.hpp"

#include <strata/core/error.hpp>
#include <strata/core/rng.hpp>

#include <unordered_set>

#include "stories.hpp"

namespace strata {
namespace {

class StoriesReader final : public ExampleReader {
 public:
  explicit StoriesReader(std::vector<std::int64_t> items) : items_(std::move(items)) {}
  bool next(Example& example) override {
    if (at_ == items_.size()) return false;
    set_texts(example, {samples::story_text(items_[at_])}, static_cast<std::int64_t>(at_));
    ++at_;
    return true;
  }

 private:
  std::vector<std::int64_t> items_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<FieldInfo> Stories::fields() const {
  FieldInfo text{"text"};
  text.one_line = true;
  return {text};
}

std::unique_ptr<ExampleReader> Stories::open(std::string_view split) const {
  const std::int64_t counts[] = {options_.train, options_.valid, options_.test};
  const std::vector<std::string> names = splits();
  std::int64_t begin = 0, end = 0;
  for (std::size_t i = 0; i < names.size() && end == 0; ++i) {
    if (names[i] == split) end = begin + counts[i];
    if (end == 0) begin += counts[i];
  }
  if (end == 0) {
    throw Error("E_DATA_SPLIT", "[stories]", "has no split '" + printable(split, 60) + "'",
                "known: train, valid, test");
  }
  // All stories of the three splits are drawn in one order and are different, so that no split has a text of another.
  Rng random(static_cast<std::uint64_t>(options_.seed), "samples/stories");
  std::unordered_set<std::int64_t> seen;
  std::vector<std::int64_t> items;
  while (static_cast<std::int64_t>(seen.size()) < end) {
    const auto item = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(samples::story_count())));
    if (!seen.insert(item).second) continue;
    if (static_cast<std::int64_t>(seen.size()) > begin) items.push_back(item);
  }
  return std::make_unique<StoriesReader>(std::move(items));
}

}  // namespace strata

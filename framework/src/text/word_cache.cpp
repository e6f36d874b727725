// WordCache: a map behind a lock, which is emptied when it is full.
#include "strata/text/word_cache.hpp"

#include <mutex>
#include <utility>

namespace strata {
namespace {

constexpr std::size_t kWords = std::size_t{1} << 17U, kLongest = 64;

}  // namespace

struct WordCache::Words {
  std::mutex mutex;
  ByText<std::vector<std::int32_t>> ids;
};

WordCache::WordCache() : words_(std::make_unique<Words>()) {}
WordCache::~WordCache() = default;

bool WordCache::find(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (word.size() > kLongest) return false;
  const std::lock_guard lock(words_->mutex);
  const auto at = words_->ids.find(word);
  if (at == words_->ids.end()) return false;
  ids.insert(ids.end(), at->second.begin(), at->second.end());
  return true;
}

void WordCache::put(std::string_view word, std::vector<std::int32_t> ids) {
  if (word.size() > kLongest) return;
  const std::lock_guard lock(words_->mutex);
  if (words_->ids.size() >= kWords) words_->ids.clear();
  words_->ids.insert_or_assign(std::string(word), std::move(ids));
}

void WordCache::clear() {
  const std::lock_guard lock(words_->mutex);
  words_->ids.clear();
}

}  // namespace strata

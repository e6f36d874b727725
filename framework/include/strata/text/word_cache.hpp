// WordCache: the ids of words that a tokenizer has met, so that a frequent word is cut once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The hash of a map by text that is searched for a part of a text without a copy of it.
struct TextHash {
  using is_transparent = void;  // tells std::unordered_map that a part of a text will do
  // Returns the hash of the text.
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
// A map by text in which find() takes a std::string_view.
template <class Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// The last 131,072 different words of at most 64 bytes, with their ids. Several threads may use it at once.
class STRATA_API WordCache {
 public:
  WordCache();
  ~WordCache();

  // Appends the ids of a word and returns true, or returns false when the word is not there.
  bool find(std::string_view word, std::vector<std::int32_t>& ids) const;
  // Remembers the ids of a word, unless it is longer than 64 bytes.
  void put(std::string_view word, std::vector<std::int32_t> ids);
  // Forgets all words.
  void clear();

 private:
  struct Words;
  std::unique_ptr<Words> words_;
};

}  // namespace strata

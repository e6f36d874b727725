// VocabularyLimit: how many tokens a vocabulary may have that is read beside weights.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata::detail {

// While it lives, no vocabulary of this thread takes more tokens than the weights have rows for: a file of few bytes
// must not ask for much memory.
class STRATA_API VocabularyLimit {
 public:
  explicit VocabularyLimit(std::int64_t tokens);
  ~VocabularyLimit();
  VocabularyLimit(const VocabularyLimit&) = delete;
  VocabularyLimit& operator=(const VocabularyLimit&) = delete;

 private:
  std::int64_t before_;
};

}  // namespace strata::detail

// SummedReader: hands a reader's pairs on and sums up what they say.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/sha256.hpp"
#include "strata/data/dataset.hpp"

namespace strata::detail {

// Two splits of one sum hold the same pairs in the same order, whatever files they come from.
class SummedReader final : public PairReader {
 public:
  explicit SummedReader(std::unique_ptr<PairReader> reader) : reader_(std::move(reader)) {}

  bool next(TextPair& pair) override {
    if (!reader_->next(pair)) return false;
    add(pair.source);
    add(pair.target);
    return true;
  }
  std::vector<std::string> warnings() const override { return reader_->warnings(); }
  // SHA-256 of all pairs, after the last one; once.
  std::string sum() { return sum_.hex(); }

 private:
  void add(const std::string& text) {
    const std::string size = std::to_string(text.size()) + ":";  // so that "a", "bc" is not "ab", "c"
    sum_.update(size.data(), size.size());
    sum_.update(text.data(), text.size());
  }

  std::unique_ptr<PairReader> reader_;
  Sha256 sum_;
};

}  // namespace strata::detail

// SummedReader: passes the examples of a reader on and computes the SHA-256 of their content.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/sha256.hpp"
#include "strata/data/dataset.hpp"

namespace strata::detail {

// Two splits with the same sum have the same examples in the same order, whatever files they come from.
class SummedReader final : public ExampleReader {
 public:
  explicit SummedReader(std::unique_ptr<ExampleReader> reader) : reader_(std::move(reader)) {}

  bool next(Example& example) override {
    if (!reader_->next(example)) return false;
    for (const Field& field : example.fields) {
      const bool text = field.ids.empty() && field.numbers.empty();
      if (text) add(field.text.data(), field.text.size());
      if (!field.ids.empty()) add(field.ids.data(), field.ids.size() * sizeof field.ids[0]);
      if (!field.numbers.empty()) add(field.numbers.data(), field.numbers.size() * sizeof field.numbers[0]);
    }
    return true;
  }
  std::vector<std::string> warnings() const override { return reader_->warnings(); }
  // SHA-256 of all examples, after the last one; once.
  std::string sum() { return sum_.hex(); }

 private:
  void add(const void* bytes, std::size_t count) {
    const std::string size = std::to_string(count) + ":";  // so that "a", "bc" is not "ab", "c"
    sum_.update(size.data(), size.size());
    sum_.update(bytes, count);
  }

  std::unique_ptr<ExampleReader> reader_;
  Sha256 sum_;
};

}  // namespace strata::detail

// Constraints by line, from files that run beside the source. Private to libstrata.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/decode/constraints.hpp"
#include "strata/run/translate_run.hpp"

namespace strata::detail {

class LineConstraints {
 public:
  // Reads the files that the options name; E_DATA_MISSING, E_DATA_UTF8.
  explicit LineConstraints(const TranslateOptions& options);

  bool any() const { return !phrase_file_.empty() || !prefix_file_.empty(); }
  // Of source line `number`, from 0. E_DATA_UNEQUAL when a file ends before it.
  Constraints of(std::int64_t number, const Tokenizer& target) const;

 private:
  std::string phrase_file_, prefix_file_;
  std::vector<std::string> phrases_, prefixes_;  // a line each
};

}  // namespace strata::detail

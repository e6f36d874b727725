// Constraints by line, from files that are read along with the source. Private to libstrata.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "run/prefix_openings.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/decode/constraints.hpp"
#include "strata/run/translate_run.hpp"

namespace strata::detail {

class LineConstraints {
 public:
  // Opens the files that the options name; E_DATA_MISSING, E_IO_READ.
  LineConstraints(const TranslateOptions& options, std::shared_ptr<const Tokenizer> target);

  // Of the next source line, whose number (from 0) this is. E_DATA_UNEQUAL when a file ends before it; E_DATA_UTF8.
  Constraints next(std::int64_t number);
  // Must be called when the source has ended after `lines` lines: E_DATA_UNEQUAL when a file goes on.
  void end(std::int64_t lines);

 private:
  std::shared_ptr<const Tokenizer> target_;
  std::optional<LineReader> phrases_, prefixes_;
  std::string phrase_file_, prefix_file_;
  std::optional<PrefixOpenings> openings_;
};

}  // namespace strata::detail

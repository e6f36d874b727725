// Questions with choices from the lines of a file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "strata/data/line_reader.hpp"

namespace strata::detail {

struct Question {
  std::string prompt;
  std::vector<std::string> choices;  // two or more, none of them empty
  std::size_t answer = 0;            // index of the right one
  std::string place;                 // "questions.jsonl:12"
};

class ChoiceLines {
 public:
  // Throws what LineReader throws.
  explicit ChoiceLines(const std::string& file) : reader_(file) {}
  // Reads the next question; false at the end. Throws E_CONFIG_JSON or E_DATA_FIELD at a line that is none.
  bool next(Question& question);

 private:
  LineReader reader_;
};

}  // namespace strata::detail

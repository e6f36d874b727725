// The words between strata-check and its parent: a job as JSON, and one JSON object a line in return.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "strata/check/apart.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {

struct CheckJob {
  std::string file, component;
  Config spec;
  CheckOptions options;
  ApartOptions apart;
  std::vector<std::string> done;  // checks that are not to be run again
  std::string scratch;            // the folder for temporary files, which the parent removes
};

std::string text_of(const CheckJob& job);
CheckJob check_job_of(const std::string& text);

struct CheckWord {
  std::string begins;           // name of the check that now runs
  std::optional<CheckRow> row;  // what came of one
  std::optional<Error> error;   // why there are no more
  bool done = false;            // all have been run
};

std::string text_of(const CheckWord& word);        // one line, with its end
CheckWord check_word_of(const std::string& line);  // throws for anything else

}  // namespace strata::detail

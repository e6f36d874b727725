// chrF (Popovic, 2015) and chrF++ (Popovic, 2017). Scores equal those of the reference scorer, and settings are printed
// as a signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The options of chrF. The defaults are those of the reference scorer.
struct ChrfOptions {
  int char_order = 6;          // length of the longest n-gram of characters
  int word_order = 0;          // length of the longest n-gram of words; 0: none, 2: chrF++
  int beta = 2;                // weight of recall: beta times that of precision
  bool lowercase = false;      // both sides are put in lower case
  bool whitespace = false;     // true: character n-grams include white space
  bool eps_smoothing = false;  // true: the mean is over all orders, and one without n-grams counts 1e-16; false: over
                               // the orders with n-grams
};

// The statistics of chrF, which are collected line by line. Those of two parts of a corpus may be added.
class STRATA_API Chrf {
 public:
  // Starts without any lines.
  explicit Chrf(ChrfOptions options = {});

  // Adds a hypothesis and its references, of which the one with the best score counts. Throws E_USAGE_REFERENCES when
  // there is no reference.
  void add(std::string_view hypothesis, const std::vector<std::string>& references);
  void add(std::string_view hypothesis, std::string_view reference);

  // The score of all lines, 0..100.
  double score() const;
  // The name of the score with beta: "chrF2", "chrF2++".
  std::string name() const;

  // Returns the settings: "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:strata-0.1.0".
  std::string signature() const;

  // Three counts for each order (characters first, then words): n-grams of the hypothesis, of the reference, and
  // matches. Counts of several lines may be added.
  const std::vector<std::int64_t>& statistics() const { return statistics_; }
  // Adds the statistics of another part of the corpus.
  void add_statistics(const std::vector<std::int64_t>& other);
  void reset();  // removes all lines

 private:
  ChrfOptions options_;
  std::vector<std::int64_t> statistics_;
  std::int64_t references_ = 0;  // references of each line; 0: none yet, -1: varies
};

// Returns the chrF of a corpus. references[r][i] is the r-th reference of hypotheses[i]. Throws E_DATA_UNEQUAL with
// both counts when they differ, and E_DATA_EMPTY when no reference has a word.
STRATA_API Chrf corpus_chrf(const std::vector<std::string>& hypotheses,
                            const std::vector<std::vector<std::string>>& references, const ChrfOptions& options = {});

}  // namespace strata

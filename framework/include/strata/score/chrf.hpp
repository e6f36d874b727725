// chrF (Popovic, 2015) and chrF++ (Popovic, 2017), equal to the reference scorer, with its signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The defaults are the reference scorer's.
struct ChrfOptions {
  int char_order = 6;          // longest n-gram of characters
  int word_order = 0;          // 2 gives chrF++
  int beta = 2;                // recall counts beta times as much as precision
  bool lowercase = false;      // both sides
  bool whitespace = false;     // keep white space in the character n-grams
  bool eps_smoothing = false;  // average F over all orders, an empty one counting 1e-16; else over orders that exist
};

// Accumulates line by line; value type. Statistics of two parts of a corpus may be added.
class STRATA_API Chrf {
 public:
  // Nothing added yet.
  explicit Chrf(ChrfOptions options = {});

  // One hypothesis and its references (at least one, else E_USAGE_REFERENCES); the best-scoring reference counts.
  void add(std::string_view hypothesis, const std::vector<std::string>& references);
  void add(std::string_view hypothesis, std::string_view reference);

  double score() const;      // 0..100
  std::string name() const;  // "chrF2", "chrF2++"

  // "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:strata-0.1.0"
  std::string signature() const;

  // Per order (characters, then words): n-grams of the hypothesis, of the reference, matches; additive over lines.
  const std::vector<std::int64_t>& statistics() const { return statistics_; }
  // Adds those of another part of the corpus.
  void add_statistics(const std::vector<std::int64_t>& other);
  void reset();  // as if nothing had been added

 private:
  ChrfOptions options_;
  std::vector<std::int64_t> statistics_;
  std::int64_t references_ = 0;  // per line; 0: none yet, -1: varies
};

// references[r][i] is the r-th reference of hypotheses[i]. Throws E_DATA_UNEQUAL with both counts where they differ,
// E_DATA_EMPTY when no reference has a word.
STRATA_API Chrf corpus_chrf(const std::vector<std::string>& hypotheses,
                            const std::vector<std::vector<std::string>>& references, const ChrfOptions& options = {});

}  // namespace strata

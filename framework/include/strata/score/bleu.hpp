// Corpus BLEU (Papineni et al., 2002). Its scores equal those of the reference scorer, and it prints its settings as a
// signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/score/tokenize.hpp"

namespace strata {

// Smoothing: the precision of an n-gram order without a match (Chen and Cherry, 2014).
enum class BleuSmooth {
  exp,    // the k-th such order has precision 1 / (2^k total): method 3, NIST; the default
  none,   // zero
  floor,  // smooth_value / total: method 1
  add_k,  // smooth_value is added to the matches and totals of all orders above 1: method 2
};

// The options of BLEU. The defaults are those of the reference scorer.
struct BleuOptions {
  BleuTokenize tokenize = BleuTokenize::mteval13a;  // rule by which lines are cut into tokens
  bool lowercase = false;                           // both sides are put in lower case, before they are cut into tokens
  BleuSmooth smooth = BleuSmooth::exp;              // smoothing of orders without a match
  double smooth_value = -1;                         // value for floor and add_k; negative: 0.1 for floor, 1 for add_k
  bool effective_order = false;  // true: leaves out orders for which no hypothesis is long enough; for single sentences
};

// A score and its parts.
struct BleuScore {
  double score = 0;                                          // 0..100
  std::vector<double> precisions;                            // precision of each n-gram order, 0..100
  double brevity_penalty = 0;                                // 0..1
  std::int64_t hypothesis_length = 0, reference_length = 0;  // tokens

  // Returns the parts as the reference scorer prints them: "62.4/43.9/33.2/25.8 (BP = 0.967 ratio = 0.968 hyp_len =
  // 1234 ref_len = 1275)".
  STRATA_API std::string details() const;
};

// The statistics of BLEU, which are collected line by line. Those of two parts of a corpus may be added.
class STRATA_API Bleu {
 public:
  // Starts without any lines.
  explicit Bleu(BleuOptions options = {});

  // Adds a hypothesis and its references. The reference length is that of the reference which is closest in length to
  // the hypothesis; of two equally close ones, the shorter. Throws E_USAGE_REFERENCES when there is no reference.
  void add(std::string_view hypothesis, const std::vector<std::string>& references);
  void add(std::string_view hypothesis, std::string_view reference);

  // Returns the score of all lines; 0 when there are none.
  BleuScore score() const;

  // Returns the settings: "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:strata-0.1.0". It has nrefs:var when
  // lines have different numbers of references.
  std::string signature() const;

  // [hypothesis length, reference length, matches of order 1..4, n-grams of order 1..4], all additive over lines.
  const std::vector<std::int64_t>& statistics() const { return statistics_; }
  // Adds the statistics of another part of the corpus.
  void add_statistics(const std::vector<std::int64_t>& other);
  void reset();  // removes all lines

 private:
  BleuOptions options_;
  std::vector<std::int64_t> statistics_;
  std::int64_t references_ = 0;  // references of each line; 0: none yet, -1: varies
};

// Returns the BLEU of a corpus. references[r][i] is the r-th reference of hypotheses[i]. Throws E_DATA_UNEQUAL with
// both counts when they differ, and E_DATA_EMPTY when no reference has a word.
STRATA_API Bleu corpus_bleu(const std::vector<std::string>& hypotheses,
                            const std::vector<std::vector<std::string>>& references, const BleuOptions& options = {});

}  // namespace strata

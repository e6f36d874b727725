// Corpus BLEU (Papineni et al., 2002), equal to the reference scorer, with its signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/score/tokenize.hpp"

namespace strata {

// What an order without a match counts as (Chen and Cherry, 2014).
enum class BleuSmooth {
  exp,    // the k-th such order has precision 1 / (2^k total): method 3, NIST; the default
  none,   // zero
  floor,  // smooth_value / total: method 1
  add_k,  // smooth_value is added to matches and totals of orders above 1: method 2
};

// The defaults are the reference scorer's.
struct BleuOptions {
  BleuTokenize tokenize = BleuTokenize::mteval13a;  // what tokens are
  bool lowercase = false;                           // both sides, before they are cut into tokens
  BleuSmooth smooth = BleuSmooth::exp;              // of orders without a match
  double smooth_value = -1;                         // of floor and add_k; negative takes the usual one: 0.1 and 1
  bool effective_order = false;  // leave out orders that no hypothesis is long enough for (for single sentences)
};

// A score and what it is made of.
struct BleuScore {
  double score = 0;                                          // 0..100
  std::vector<double> precisions;                            // per order, 0..100
  double brevity_penalty = 0;                                // 0..1
  std::int64_t hypothesis_length = 0, reference_length = 0;  // tokens

  // "62.4/43.9/33.2/25.8 (BP = 0.967 ratio = 0.968 hyp_len = 1234 ref_len = 1275)", as the reference scorer prints.
  STRATA_API std::string details() const;
};

// Accumulates line by line; value type. Statistics of two parts of a corpus may be added.
class STRATA_API Bleu {
 public:
  // Nothing added yet.
  explicit Bleu(BleuOptions options = {});

  // One hypothesis and its references (at least one, else E_USAGE_REFERENCES). The reference length is that of the
  // closest one, the shorter of two as close.
  void add(std::string_view hypothesis, const std::vector<std::string>& references);
  void add(std::string_view hypothesis, std::string_view reference);

  // Of all that was added; 0 when nothing was.
  BleuScore score() const;

  // "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:strata-0.1.0"; nrefs:var where lines differ in references.
  std::string signature() const;

  // [hypothesis length, reference length, matches of order 1..4, n-grams of order 1..4], all additive over lines.
  const std::vector<std::int64_t>& statistics() const { return statistics_; }
  // Adds those of another part of the corpus.
  void add_statistics(const std::vector<std::int64_t>& other);
  void reset();  // as if nothing had been added

 private:
  BleuOptions options_;
  std::vector<std::int64_t> statistics_;
  std::int64_t references_ = 0;  // per line; 0: none yet, -1: varies
};

// references[r][i] is the r-th reference of hypotheses[i]. Throws E_DATA_UNEQUAL with both counts where they differ,
// E_DATA_EMPTY when no reference has a word.
STRATA_API Bleu corpus_bleu(const std::vector<std::string>& hypotheses,
                            const std::vector<std::vector<std::string>>& references, const BleuOptions& options = {});

}  // namespace strata

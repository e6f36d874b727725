// Metric: a number that validation measures, from sums of named parts of the loss or from outputs and their references.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// A metric. Built in from sums: loss (nats for each target token), perplexity, bits_per_byte, accuracy; from texts:
// exact_match, token_accuracy, bleu, chrf. Accuracies and scores of texts are in percent, 0..100.
class STRATA_API Metric {
 public:
  static constexpr std::string_view kRole = "metric";
  struct Facts {};  // a metric needs nothing from its host

  // The input of a metric: sums of a part of the loss, or output texts and their references.
  enum class Input { sums, text };

  virtual ~Metric();

  // The kind of input, which decides which of the two add() functions is called.
  virtual Input input() const = 0;

  // For Input::sums: the name of the loss part that the metric reads, "loss" (in nats, without label smoothing) or
  // "correct" (number of tokens predicted right). add() gets its sum over a batch, and what per() says of the batch.
  virtual std::string_view part() const { return {}; }
  // For Input::sums: what the second number of add() counts, Model::weight() or bytes of text (Batch::bytes).
  enum class Per { weight, byte };
  virtual Per per() const { return Per::weight; }
  virtual void add(double sum, double weight);

  // For Input::text: adds one output and its reference, both valid UTF-8.
  virtual void add(std::string_view hypothesis, std::string_view reference);

  // Returns the metric over everything added since reset(); NaN when nothing was added.
  virtual double value() const = 0;
  virtual void reset() = 0;

  // The name in recipes and reports: "bleu".
  virtual std::string_view name() const = 0;
  // False for losses. The choice of the `best` checkpoint and early stopping use it.
  virtual bool higher_is_better() const = 0;
  // The settings of the score as a signature, when there is a usual form for it; else empty.
  virtual std::string signature() const { return {}; }

  // The sums from which value() is computed. When those of all ranks are added elementwise and set, value() is the
  // metric over all ranks.
  virtual std::vector<double> statistics() const = 0;
  virtual void set_statistics(const std::vector<double>& sums) = 0;

  // True when `value` is better than `best`. Every number is better than NaN, and NaN is better than nothing.
  bool better(double value, double best) const;
};

}  // namespace strata

// Metric: what a validation measures. Reads sums of the model's named loss parts, or pairs of texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// Built in, by sums: loss (nats a target token), perplexity, accuracy; by texts: exact_match, token_accuracy, bleu,
// chrf. All but loss and perplexity count in percent, 0..100.
class STRATA_API Metric {
 public:
  static constexpr std::string_view kRole = "metric";
  struct Facts {};  // a metric needs nothing from its host

  // What it reads: parts of the loss, or outputs and their references.
  enum class Input { sums, text };

  virtual ~Metric();

  // Which of the two add() functions is called.
  virtual Input input() const = 0;

  // Input::sums: the named part of the model's loss that this reads: "loss" (nats, without label smoothing) or
  // "correct" (tokens whose most probable prediction is right), summed over the target tokens that `weight` counts.
  virtual std::string_view part() const { return {}; }
  virtual void add(double sum, double weight);

  // Input::text: one output and its reference, valid UTF-8.
  virtual void add(std::string_view hypothesis, std::string_view reference);

  // Of all that was added since reset(); not a number when nothing was.
  virtual double value() const = 0;
  virtual void reset() = 0;

  virtual std::string_view name() const = 0;  // as in recipes and reports: "bleu"
  // False for losses: what `best` and early stopping go by.
  virtual bool higher_is_better() const = 0;
  virtual std::string signature() const { return {}; }  // settings of the score, where the field has a form for them

  // The sums behind value(); adding them elementwise over ranks and setting the result gives the value of the whole.
  virtual std::vector<double> statistics() const = 0;
  virtual void set_statistics(const std::vector<double>& sums) = 0;

  // Whether `value` beats `best`; anything beats not-a-number, not-a-number beats nothing.
  bool better(double value, double best) const;
};

}  // namespace strata

// Walk: what all searches share: the step by step run of a Generator whose finished sentences leave the batch.
// Legend: B sentences still running, n rows a sentence, R rows = B*n, V vocabulary, k candidates a row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "strata/decode/search.hpp"

namespace strata::detail {

// The k best tokens of every row that may be written, best first; equals by id.
struct Candidates {
  struct One {
    std::int32_t token;
    double log_probability;
  };
  std::vector<One> all;            // [R,width]
  std::vector<std::int32_t> have;  // [R]: how many of a row are there
  std::int64_t width = 0;

  std::span<const One> row(std::int64_t r) const {
    return {all.data() + r * width, static_cast<std::size_t>(have[static_cast<std::size_t>(r)])};
  }
};

class Walk {
 public:
  Walk(Generator& generator, const TensorBatch& batch, const DecodeOptions& options);

  std::int64_t sentences() const { return static_cast<std::int64_t>(source_lengths_.size()); }  // of the batch
  std::int64_t length() const { return length_; }                                               // tokens written so far
  std::int64_t source_length(std::int64_t sentence) const { return source_lengths_[index(sentence)]; }  // with </s>
  // Of an output: as the options say, but no more than the model can write.
  std::int64_t longest(std::int64_t sentence) const;

  // Logits of the next token, [R,V].
  Tensor step();
  // The best `count` tokens that may follow.
  void best(const Tensor& logits, std::int64_t count, Candidates& out);
  // Of one token of a row, after best() of this step.
  double log_probability(std::int64_t row, std::int32_t token) const;
  // E_MODEL_LOGITS: the best token of `row` has a log-probability that is no number.
  [[noreturn]] void refuse(std::int64_t row, double log_probability) const;
  // Whether a token may be written now.
  bool allowed(std::int64_t token) const;
  // Weights of the step just taken, [R][Ts] on the host; empty unless captured.
  std::vector<float> weights() const;
  std::int64_t source_time() const { return source_time_; }

  // The next rows: `rows` are rows of this step, in blocks of `block` for each of `alive` (places among those running
  // now, ascending), `tokens` what each has just written.
  void advance(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
               std::span<const std::int64_t> alive);

 private:
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

  Generator& generator_;
  const DecodeOptions& options_;
  std::unique_ptr<Generator::State> state_;
  Tensor ids_;
  std::int64_t rows_, running_, length_ = 0, source_time_;
  std::vector<std::int64_t> source_lengths_;
  Tensor logits_;                            // of this step
  std::vector<double> normalisers_;          // log sum exp of each row
  mutable std::vector<double> host_logits_;  // made when somebody asks for a token
};

std::vector<std::vector<Hypothesis>> greedy(Walk& walk, const DecodeOptions& options);
// `constraints`: one a sentence, or none.
std::vector<std::vector<Hypothesis>> beam(Walk& walk, const DecodeOptions& options,
                                          std::span<const Constraints> constraints);
std::vector<std::vector<Hypothesis>> sample(Walk& walk, const DecodeOptions& options,
                                            std::span<const std::int64_t> numbers);

// `row` of weights [R][time], cut to the source's own length, appended.
void append_weights(std::vector<float>& to, const std::vector<float>& weights, std::int64_t row, std::int64_t time,
                    std::int64_t source_length);

}  // namespace strata::detail

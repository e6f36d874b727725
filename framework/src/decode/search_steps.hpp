// SearchSteps: what all searches share: the step by step run of a Generator whose finished sentences leave the batch.
// A search whose steps are replayed must keep its shapes: a finished sentence then keeps its seat, a block of rows,
// until most have gone. Legend: B sentences still running, n rows a sentence, R rows = B*n, S seats, V vocabulary, k
// candidates a row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "decode/in_place_steps.hpp"
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

class SearchSteps {
 public:
  SearchSteps(Generator& generator, const TensorBatch& batch, const DecodeOptions& options);

  std::int64_t sentences() const { return static_cast<std::int64_t>(source_lengths_.size()); }  // of the batch
  std::int64_t length() const { return length_; }                                               // tokens written so far
  std::int64_t source_length(std::int64_t sentence) const { return source_lengths_[index(sentence)]; }  // with </s>
  // Tokens with which the output of a sentence goes on; empty when it does not.
  std::span<const std::int32_t> prompt(std::int64_t sentence) const {
    return prompts_.empty() ? std::span<const std::int32_t>() : prompts_[index(sentence)];
  }
  // Of an output: as the options say, but no more than the model can write.
  std::int64_t longest(std::int64_t sentence) const;

  // Computes the logits of the next token.
  void step();
  // Of the step just taken: the best `count` tokens that may follow ...
  void best(std::int64_t count, Candidates& out);
  // ... or what the log-probabilities of all tokens need, for log_probability().
  void normalise();
  std::int64_t vocabulary() const { return logits_.size(1); }
  // Logits of a row of the step just taken, [V]: where the model left them, or in one copy of all on the host.
  std::span<const float> logits(std::int64_t row);
  // Of one token of a row, after best() or normalise() of this step.
  double log_probability(std::int64_t row, std::int32_t token);
  // Throws E_MODEL_LOGITS when `row` has no log-probabilities, after best() or normalise() of this step.
  void require_finite(std::int64_t row) const;
  // Whether a token may be written now, and those that may not.
  bool allowed(std::int32_t token) const;
  // Whether a token ends an output.
  bool ends(std::int32_t token) const { return options_.specials.is_end(token); }
  std::vector<std::int32_t> forbidden() const;
  // Weights of the step just taken, [R][Ts] on the host; empty unless captured.
  std::vector<float> weights() const;
  std::int64_t source_time() const { return source_time_; }

  // The next rows: `rows` are rows of this step, in blocks of `block` for each of `alive` (places among those running
  // now, ascending), `tokens` what each has just written.
  void advance(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
               std::span<const std::int64_t> alive);

 private:
  void read_prompts(const Tensor& ids);
  bool best_of(std::int64_t wide, std::int64_t count, Candidates& out);
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  // Where row r of the search is among the S*n that the generator has.
  std::int64_t seated(std::int64_t r) const { return seats_[index(r / block_)] * block_ + r % block_; }
  // Takes the normalisers of the rows from the best logit of each row, [S*n,k], and the log sums, [S*n].
  void set_normalisers(const std::vector<double>& best, std::int64_t k, const std::vector<double>& log_sums);
  void keep_seats(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
                  std::span<const std::int64_t> alive);
  void move_up(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
               std::span<const std::int64_t> alive);
  void hold();

  Generator& generator_;
  const DecodeOptions& options_;
  std::vector<std::int32_t> specials_;  // ids of options_.specials, ascending
  bool replays_;
  std::unique_ptr<Generator::State> state_;
  Tensor next_;                         // i64 [S*n]: the last tokens; of held steps [2,S*n]: and where their rows were
  std::unique_ptr<InPlaceSteps> held_;  // null: every step runs as it is
  std::int64_t room_until_ = 0;         // the length that the state has room for; 0: it grows
  std::int64_t rows_, block_ = 1, all_seats_, length_ = 0, source_time_;  // R, n, S
  std::vector<std::int64_t> seats_;                                       // [B]
  std::vector<std::int64_t> source_lengths_;
  std::vector<std::vector<std::int32_t>> prompts_;  // [B], of a generator that goes on with its input; else empty
  Tensor logits_;                                   // [S*n,V] of this step
  std::vector<double> normalisers_;                 // log sum exp of each row, [R]
  const float* host_ = nullptr;                     // logits_ on the host; null: nobody has asked for them yet
  std::vector<float> host_copy_;                    // what host_ points to when the logits themselves cannot be read
};

std::vector<std::vector<Hypothesis>> greedy(SearchSteps& walk, const DecodeOptions& options);
// `constraints`: one a sentence, or none.
std::vector<std::vector<Hypothesis>> beam(SearchSteps& walk, const DecodeOptions& options,
                                          std::span<const Constraints> constraints);
std::vector<std::vector<Hypothesis>> sample(SearchSteps& walk, const DecodeOptions& options,
                                            std::span<const std::int64_t> numbers);

// `row` of weights [R][time], cut to the source's own length, appended.
void append_weights(std::vector<float>& to, const std::vector<float>& weights, std::int64_t row, std::int64_t time,
                    std::int64_t source_length);

}  // namespace strata::detail

// Sentence: the hypotheses of one sentence in a beam search. Legend: n hypotheses in g groups, k candidates.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "decode/phrase_progress.hpp"
#include "decode/search_steps.hpp"
#include "strata/decode/constraints.hpp"

namespace strata::detail {

constexpr double kDead = -std::numeric_limits<double>::infinity();  // fills a block when fewer than n can run on

struct Candidate {
  double log_probability;  // of the hypothesis with this token
  std::int32_t slot, token;
};

class Sentence {
 public:
  // `constraints` may be null.
  Sentence(const DecodeOptions& options, std::int64_t longest, std::int64_t source_length,
           const Constraints* constraints);

  std::int64_t slots() const { return static_cast<std::int64_t>(running_.size()); }
  double log_probability(std::int64_t slot) const { return at(slot).log_probability; }
  // What the row of `slot` wrote last, and which slot it came from.
  std::int32_t token(std::int64_t slot) const { return at(slot).node < 0 ? 0 : nodes_[index(at(slot).node)].token; }
  std::int32_t parent(std::int64_t slot) const { return at(slot).node < 0 ? 0 : nodes_[index(at(slot).node)].slot; }

  // The only token that may follow now (a prefix is being written), or -1.
  std::int32_t forced(std::int64_t length) const;
  // The only tokens that may follow in the row of `slot` now (what comes after the prefix begins), or null.
  const std::vector<Opening>* openings(std::int64_t slot, std::int64_t length) const;
  // Tokens that have to be looked at whatever their probability: they bring a phrase forward.
  std::vector<std::int32_t> wanted(std::int64_t slot) const;
  // Tokens of the hypothesis, the last first.
  std::vector<std::int32_t> history(std::int64_t slot) const;

  void keep_weights(const std::vector<float>& weights, std::int64_t first_row, std::int64_t time);
  // Takes this step's candidates; false when the sentence is done.
  bool take(std::vector<Candidate>& found, std::int64_t length);
  std::vector<Hypothesis> results() const;

 private:
  // One written token; a hypothesis is the path from its last node to the start.
  struct Node {
    std::int32_t parent, token;
    std::int32_t slot;  // of the sentence's block that wrote it: whose weights are this token's
  };
  struct Running {
    double log_probability = kDead;
    std::int32_t node = -1;
    PhraseProgress progress;
    std::int32_t opening = -1;  // its place in Constraints::openings; -1: any token may follow
  };
  struct Ended {
    double score, log_probability;
    std::int32_t node;  // the last token; </s> is no node
    std::int32_t slot;  // that wrote </s>
    bool finished;
    std::int64_t met;   // tokens of phrases
    std::size_t group;  // of the beam
  };

  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  const Running& at(std::int64_t slot) const { return running_[index(slot)]; }
  std::size_t width() const { return index(options_.beam_size); }
  std::size_t group_of(std::int64_t slot) const;
  void take_group(std::vector<Candidate>& found, std::int64_t length, std::vector<Running>& next);
  void take_banks(std::vector<Candidate>& found, std::int64_t length, std::vector<Running>& next);
  void run_on(const Candidate& one, std::int64_t length, std::vector<Running>& next);
  void end(const Candidate& one, std::int64_t length, std::size_t group);
  void end(Ended candidate);
  void cut(std::int64_t length);
  bool decided(std::int64_t length) const;
  std::vector<std::int32_t> slots_of(std::int32_t node, std::int32_t slot, bool finished) const;
  double coverage(std::int32_t node, std::int32_t slot, bool finished) const;
  Hypothesis trace(const Ended& ended) const;

  const DecodeOptions& options_;
  std::int64_t longest_, source_length_;
  const Constraints* constraints_;
  std::vector<Running> running_;
  std::vector<Node> nodes_;
  std::vector<Ended> ended_;                 // best first, at most n, and of each group its share
  std::vector<std::vector<float>> weights_;  // per step [slots][source_length]
};

}  // namespace strata::detail

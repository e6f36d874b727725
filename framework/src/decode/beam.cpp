// Beam search: of all continuations of a sentence's n hypotheses the 2n best are looked at; those that end are kept
// apart, the n best others run on (at most n of the 2n can end).
#include <algorithm>
#include <cmath>
#include <limits>

#include "decode/walk.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

constexpr double kDead = -std::numeric_limits<double>::infinity();  // fills a block when fewer than n can run on

// One written token; a hypothesis is the path from its last node to the start.
struct Node {
  std::int32_t parent, token;
  std::int32_t slot;  // of the sentence's block that wrote it: whose weights are this token's
};

struct Running {
  double log_probability = kDead;
  std::int32_t node = -1;
};

struct Ended {
  double score, log_probability;
  std::int32_t node;  // the last token; </s> is no node
  std::int32_t slot;  // that wrote </s>
  bool finished;
};

struct Candidate {
  double log_probability;
  std::int32_t slot, token;
};

bool before(const Candidate& a, const Candidate& b) {
  if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
  return a.slot != b.slot ? a.slot < b.slot : a.token < b.token;
}

class Sentence {
 public:
  Sentence(const DecodeOptions& options, std::int64_t longest, std::int64_t source_length)
      : options_(options), longest_(longest), source_length_(source_length), running_{{0, -1}} {}

  std::int64_t slots() const { return static_cast<std::int64_t>(running_.size()); }
  const Running& slot(std::int64_t i) const { return running_[static_cast<std::size_t>(i)]; }
  std::int32_t token(std::int64_t i) const { return slot(i).node < 0 ? kPad : nodes_[index(slot(i).node)].token; }
  std::int32_t parent(std::int64_t i) const { return slot(i).node < 0 ? 0 : nodes_[index(slot(i).node)].slot; }

  void keep_weights(const std::vector<float>& weights, std::int64_t first_row, std::int64_t time);
  // Takes this step's candidates; false when the sentence is done.
  bool take(std::vector<Candidate>& found, std::int64_t length);
  std::vector<Hypothesis> results() const;

 private:
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::size_t width() const { return index(options_.beam_size); }
  void end(Ended candidate);
  void cut(std::int64_t length);
  bool decided(std::int64_t length) const;
  Hypothesis trace(const Ended& ended) const;

  const DecodeOptions& options_;
  std::int64_t longest_, source_length_;
  std::vector<Running> running_;
  std::vector<Node> nodes_;
  std::vector<Ended> ended_;                 // best first, at most n
  std::vector<std::vector<float>> weights_;  // per step [slots][source_length]
};

void Sentence::keep_weights(const std::vector<float>& weights, std::int64_t first_row, std::int64_t time) {
  if (weights.empty()) return;
  std::vector<float>& block = weights_.emplace_back();
  for (std::int64_t i = 0; i < slots(); ++i) append_weights(block, weights, first_row + i, time, source_length_);
}

void Sentence::end(Ended candidate) {
  const auto worse = [](const Ended& a, const Ended& b) {
    return a.score > b.score;
  };  // equals: the earlier stays first
  ended_.insert(std::upper_bound(ended_.begin(), ended_.end(), candidate, worse), candidate);
  if (ended_.size() > width()) ended_.pop_back();
}

// The running ones compete as they are: `length` tokens, no </s>.
void Sentence::cut(std::int64_t length) {
  for (const Running& row : running_) {
    if (row.log_probability == kDead || row.node < 0) continue;
    end({options_.normalised(row.log_probability, length), row.log_probability, row.node, 0, false});
  }
}

bool Sentence::decided(std::int64_t length) const {
  if (ended_.size() < width()) return false;
  if (options_.stop == Stop::first) return true;
  const std::int64_t at = options_.stop == Stop::exact ? longest_ : length;
  return options_.normalised(running_[0].log_probability, at) <= ended_.back().score;
}

bool Sentence::take(std::vector<Candidate>& found, std::int64_t length) {
  const std::size_t looked_at = std::min(found.size(), 2 * width());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(looked_at), found.end(), before);
  std::vector<Running> next;
  next.reserve(width());
  for (std::size_t i = 0; i < looked_at; ++i) {
    const Candidate& one = found[i];
    const std::int32_t from = slot(one.slot).node;
    if (one.token == kEnd) {
      end({options_.normalised(one.log_probability, length), one.log_probability, from, one.slot, true});
    } else if (next.size() < width()) {
      next.push_back({one.log_probability, static_cast<std::int32_t>(nodes_.size())});
      nodes_.push_back({from, one.token, one.slot});
    }
  }
  if (next.empty()) {  // nothing may follow
    if (ended_.empty()) cut(length - 1);
    return false;
  }
  next.resize(width());
  running_ = std::move(next);
  if (length >= longest_) {
    cut(length);
    return false;
  }
  return !decided(length);
}

Hypothesis Sentence::trace(const Ended& ended) const {
  Hypothesis out;
  out.score = ended.score;
  out.log_probability = ended.log_probability;
  out.finished = ended.finished;
  std::vector<std::int32_t> slots;
  if (ended.finished) slots.push_back(ended.slot);
  for (std::int32_t at = ended.node; at >= 0; at = nodes_[index(at)].parent) {
    out.ids.push_back(nodes_[index(at)].token);
    slots.push_back(nodes_[index(at)].slot);
  }
  std::reverse(out.ids.begin(), out.ids.end());
  if (weights_.empty()) return out;
  out.source_time = source_length_;
  for (std::size_t step = 0; step < slots.size(); ++step) {
    append_weights(out.alignment, weights_[step], slots[slots.size() - 1 - step], source_length_, source_length_);
  }
  return out;
}

std::vector<Hypothesis> Sentence::results() const {
  std::vector<Hypothesis> out;
  const std::size_t count = std::min(ended_.size(), index(options_.n_best));
  for (std::size_t i = 0; i < count; ++i) out.push_back(trace(ended_[i]));
  if (out.empty()) out.emplace_back();  // the model gave no token a chance
  return out;
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam(Walk& walk, const DecodeOptions& options) {
  std::vector<Sentence> sentences;
  std::vector<std::int64_t> running, still, alive, rows, tokens;
  for (std::int64_t s = 0; s < walk.sentences(); ++s) {
    sentences.emplace_back(options, walk.longest(s), walk.source_length(s));
    running.push_back(s);
  }
  Candidates best;
  std::vector<Candidate> found;
  while (!running.empty()) {
    walk.best(walk.step(), 2 * options.beam_size, best);
    const std::vector<float> weights = walk.weights();
    still.clear();
    alive.clear();
    rows.clear();
    tokens.clear();
    std::int64_t first = 0;  // row of the sentence's block
    for (std::size_t place = 0; place < running.size(); ++place) {
      Sentence& sentence = sentences[static_cast<std::size_t>(running[place])];
      const std::int64_t block = sentence.slots();
      sentence.keep_weights(weights, first, walk.source_time());
      found.clear();
      for (std::int64_t i = 0; i < block; ++i) {
        const double so_far = sentence.slot(i).log_probability;
        if (so_far == kDead) continue;
        for (const auto& [token, log_probability] : best.row(first + i)) {
          found.push_back({so_far + log_probability, static_cast<std::int32_t>(i), token});
        }
      }
      if (sentence.take(found, walk.length())) {
        still.push_back(running[place]);
        alive.push_back(static_cast<std::int64_t>(place));
        for (std::int64_t i = 0; i < sentence.slots(); ++i) {
          rows.push_back(first + sentence.parent(i));
          tokens.push_back(sentence.token(i));
        }
      }
      first += block;
    }
    running.swap(still);
    if (!running.empty()) walk.advance(rows, tokens, alive);
  }
  std::vector<std::vector<Hypothesis>> out;
  for (const Sentence& sentence : sentences) out.push_back(sentence.results());
  return out;
}

}  // namespace strata::detail

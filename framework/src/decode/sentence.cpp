// Sentence: of all continuations of its n hypotheses the 2n best are looked at; those that end are kept apart, the n
// best others run on (at most n of the 2n can end).
#include "decode/sentence.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

bool before(const Candidate& a, const Candidate& b) {
  if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
  return a.slot != b.slot ? a.slot < b.slot : a.token < b.token;
}

void best_first(std::vector<Candidate>& found, std::size_t count) {
  count = std::min(count, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(), before);
}

}  // namespace

Sentence::Sentence(const DecodeOptions& options, std::int64_t longest, std::int64_t source_length,
                   const Constraints* constraints)
    : options_(options), longest_(longest), source_length_(source_length), constraints_(constraints) {
  const bool opens = constraints != nullptr && !constraints->openings.empty();
  running_.push_back({0, -1, PhraseProgress(constraints), opens ? 0 : -1});
}

std::int32_t Sentence::forced(std::int64_t length) const {
  if (constraints_ == nullptr || index(length) > constraints_->prefix.size()) return -1;
  return constraints_->prefix[index(length - 1)];
}

const std::vector<Opening>* Sentence::openings(std::int64_t slot, std::int64_t length) const {
  if (at(slot).opening < 0 || index(length) <= constraints_->prefix.size()) return nullptr;
  return &constraints_->openings[index(at(slot).opening)];
}

std::vector<std::int32_t> Sentence::wanted(std::int64_t slot) const {
  return constraints_ == nullptr || constraints_->phrases.empty() ? std::vector<std::int32_t>{}
                                                                  : at(slot).progress.wanted();
}

std::vector<std::int32_t> Sentence::history(std::int64_t slot) const {
  std::vector<std::int32_t> tokens;
  for (std::int32_t node = at(slot).node; node >= 0; node = nodes_[index(node)].parent) {
    tokens.push_back(nodes_[index(node)].token);
  }
  return tokens;
}

void Sentence::keep_weights(const std::vector<float>& weights, std::int64_t first_row, std::int64_t time) {
  if (weights.empty()) return;
  std::vector<float>& block = weights_.emplace_back();
  for (std::int64_t i = 0; i < slots(); ++i) append_weights(block, weights, first_row + i, time, source_length_);
}

// Which slot wrote each token of a hypothesis, </s> included, the last first.
std::vector<std::int32_t> Sentence::slots_of(std::int32_t node, std::int32_t slot, bool finished) const {
  std::vector<std::int32_t> slots;
  if (finished) slots.push_back(slot);
  for (; node >= 0; node = nodes_[index(node)].parent) slots.push_back(nodes_[index(node)].slot);
  return slots;
}

// beta sum_i log min(1, sum_j a_ij): what was not looked at costs (Wu et al., 2016, eq. 14).
double Sentence::coverage(std::int32_t node, std::int32_t slot, bool finished) const {
  if (options_.coverage_penalty == 0 || weights_.empty()) return 0;
  std::vector<double> looked(index(source_length_), 0.0);
  const std::vector<std::int32_t> slots = slots_of(node, slot, finished);
  for (std::size_t step = 0; step < slots.size(); ++step) {
    const float* row = weights_[step].data() + index(slots[slots.size() - 1 - step] * source_length_);
    for (std::size_t i = 0; i < looked.size(); ++i) looked[i] += static_cast<double>(row[i]);
  }
  double sum = 0;
  for (const double one : looked) sum += std::log(std::clamp(one, 1e-9, 1.0));
  return options_.coverage_penalty * sum;
}

void Sentence::end(const Candidate& one, std::int64_t length, std::size_t group) {
  const Running& from = at(one.slot);
  end({options_.normalised(one.log_probability, length) + coverage(from.node, one.slot, true), one.log_probability,
       from.node, one.slot, true, from.progress.met(), group});
}

// What meets more of its phrases comes first, whatever it scores.
void Sentence::end(Ended candidate) {
  const auto worse = [](const Ended& a, const Ended& b) {
    return a.met != b.met ? a.met > b.met : a.score > b.score;
  };  // equals: the earlier stays first
  ended_.insert(std::upper_bound(ended_.begin(), ended_.end(), candidate, worse), candidate);
  const std::size_t own = width() / index(options_.beam_groups);
  const auto mine = [&](const Ended& one) { return one.group == candidate.group; };
  if (static_cast<std::size_t>(std::count_if(ended_.begin(), ended_.end(), mine)) <= own) return;
  ended_.erase(std::find_if(ended_.rbegin(), ended_.rend(), mine).base() - 1);
}

// The running ones compete as they are: `length` tokens, no </s>.
void Sentence::cut(std::int64_t length) {
  for (std::int64_t slot = 0; slot < slots(); ++slot) {
    const Running& row = at(slot);
    if (row.log_probability == kDead || row.node < 0) continue;
    end({options_.normalised(row.log_probability, length) + coverage(row.node, 0, false), row.log_probability, row.node,
         0, false, row.progress.met(), group_of(slot)});
  }
}

bool Sentence::decided(std::int64_t length) const {
  if (ended_.size() < width()) return false;
  if (options_.stop == Stop::first) return true;
  const std::int64_t reach = options_.stop == Stop::exact ? longest_ : length;
  double best = kDead;
  for (const Running& row : running_) best = std::max(best, row.log_probability);
  return options_.normalised(best, reach) <= ended_.back().score;
}

void Sentence::run_on(const Candidate& one, std::int64_t length, std::vector<Running>& next) {
  const Running& from = at(one.slot);
  std::int32_t opening = from.opening;
  if (const auto* openings = this->openings(one.slot, length)) {
    const auto taken =
        std::find_if(openings->begin(), openings->end(), [&](const Opening& each) { return each.token == one.token; });
    opening = taken->next;  // no other token was a candidate
  }
  next.push_back(
      {one.log_probability, static_cast<std::int32_t>(nodes_.size()), from.progress.after(one.token), opening});
  nodes_.push_back({from.node, one.token, one.slot});
}

std::size_t Sentence::group_of(std::int64_t slot) const {
  return slots() == 1 ? 0 : index(slot) / (width() / index(options_.beam_groups));
}

// Group by group (Vijayakumar et al., 2016, "Diverse Beam Search"): a token that an earlier group has just written
// costs `diversity` each time. One group is plain beam search.
void Sentence::take_group(std::vector<Candidate>& found, std::int64_t length, std::vector<Running>& next) {
  const std::size_t groups = index(options_.beam_groups), own = width() / groups;
  std::map<std::int32_t, int> written;
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<Candidate> mine;
    for (const Candidate& one : found) {
      if (slots() > 1 && group_of(one.slot) != group) continue;
      mine.push_back(one);
      const auto times = written.find(one.token);
      if (times != written.end()) mine.back().log_probability -= options_.diversity * times->second;
    }
    const std::size_t looked_at = std::min(mine.size(), 2 * own), first = next.size();
    best_first(mine, looked_at);
    for (std::size_t i = 0; i < looked_at; ++i) {
      Candidate one = mine[i];
      const auto times = written.find(one.token);
      if (times != written.end()) one.log_probability += options_.diversity * times->second;
      if (options_.specials.is_end(one.token)) {
        end(one, length, group);
      } else if (next.size() - first < own) {
        run_on(one, length, next);
      }
    }
    for (std::size_t i = first; i < next.size(); ++i) ++written[nodes_[index(next[i].node)].token];
    if (groups > 1) next.resize(first + own, {kDead, -1, at(0).progress, -1});
  }
}

// Slots are shared out among hypotheses that have met as many tokens of their phrases (Post and Vilar, 2018, section
// 4); what a bank cannot fill goes to the others, those that are furthest first. Only a complete one may end.
void Sentence::take_banks(std::vector<Candidate>& found, std::int64_t length, std::vector<Running>& next) {
  best_first(found, found.size());
  const std::int64_t total = at(0).progress.total();
  std::vector<std::vector<Candidate>> banks(index(total + 1));
  for (const Candidate& one : found) {
    const PhraseProgress& progress = at(one.slot).progress;
    if (options_.specials.is_end(one.token)) {
      if (progress.complete()) end(one, length, 0);
    } else {
      banks[index(progress.after(one.token).met())].push_back(one);
    }
  }
  std::vector<std::size_t> taken(banks.size(), 0);
  const std::size_t share = width() / banks.size();
  std::size_t count = 0;
  for (std::size_t bank = 0; bank < banks.size(); ++bank) {
    taken[bank] = std::min(share, banks[bank].size());
    count += taken[bank];
  }
  for (std::size_t bank = banks.size(); bank-- > 0;) {
    const std::size_t more = std::min(width() - count, banks[bank].size() - taken[bank]);
    taken[bank] += more;
    count += more;
  }
  std::vector<Candidate> chosen;
  for (std::size_t bank = 0; bank < banks.size(); ++bank) {
    chosen.insert(chosen.end(), banks[bank].begin(), banks[bank].begin() + static_cast<std::ptrdiff_t>(taken[bank]));
  }
  best_first(chosen, chosen.size());
  for (const Candidate& one : chosen) run_on(one, length, next);
}

bool Sentence::take(std::vector<Candidate>& found, std::int64_t length) {
  std::vector<Running> next;
  next.reserve(width());
  if (at(0).progress.total() > 0) {
    take_banks(found, length, next);
  } else {
    take_group(found, length, next);
  }
  const bool any = std::any_of(next.begin(), next.end(), [](const Running& row) { return row.node >= 0; });
  if (!any) {  // nothing may follow
    if (ended_.empty()) cut(length - 1);
    return false;
  }
  next.resize(width(), {kDead, -1, at(0).progress, -1});
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
  for (std::int32_t at = ended.node; at >= 0; at = nodes_[index(at)].parent) out.ids.push_back(nodes_[index(at)].token);
  std::reverse(out.ids.begin(), out.ids.end());
  if (weights_.empty()) return out;
  out.source_time = source_length_;
  const std::vector<std::int32_t> slots = slots_of(ended.node, ended.slot, ended.finished);
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

}  // namespace strata::detail

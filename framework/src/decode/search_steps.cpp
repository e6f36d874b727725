// SearchSteps: candidates without a [R,V] of log-probabilities, and rows that leave.
#include "decode/search_steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "decode/check_constraints.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/device/device.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kRoom = 64;  // steps for which a held state has room, so that attention reads few empty places
constexpr std::int64_t kWorthHolding = 4;  // steps: one runs as it is, one is taken down
constexpr std::int64_t kEmptySeats = 4;    // of as many seats one is taken: the others move up

}  // namespace

SearchSteps::SearchSteps(Generator& generator, const TensorBatch& batch, const DecodeOptions& options)
    : generator_(generator), options_(options) {
  const std::string input(generator_.input());
  const Tensor& ids = batch[input];
  rows_ = all_seats_ = ids.size(0);
  seats_.resize(index(rows_));
  std::iota(seats_.begin(), seats_.end(), 0);
  source_time_ = ids.size(1);
  source_lengths_ = batch[input + "_lengths"].to_integers();
  if (generator_.continues_input()) read_prompts(ids);
  replays_ = options.replay && context().device != nullptr && context().device->records();
  state_ = in_plugin("begin()", generator_, [&] { return generator_.begin(batch); });
  const Specials& specials = options_.specials;
  specials_ = specials.ids();
  if (prompts_.empty() && specials.start < 0) {
    throw Error("E_TOKENIZER_VOCABULARY", "[decode]", "the vocabulary of the outputs has no token that begins them",
                "set `start` of its special tokens");
  }
  std::vector<std::int64_t> first(index(rows_), specials.start);
  for (std::size_t row = 0; row < prompts_.size(); ++row) first[row] = prompts_[row].back();
  next_ = Tensor::from(first, {rows_});
}

// ids [B,T]: each row without its padding.
void SearchSteps::read_prompts(const Tensor& ids) {
  const std::vector<std::int64_t> all = ids.to_integers();
  for (std::int64_t row = 0; row < rows_; ++row) {
    const std::int64_t length = source_lengths_[index(row)];
    if (length < 1) throw Error("E_DATA_EMPTY", "[decode]", "prompt " + std::to_string(row + 1) + " has no token");
    if (const std::int64_t most = generator_.max_length(); most > 0 && length > most) {
      throw Error("E_DATA_LONG", "[decode]",
                  "prompt " + std::to_string(row + 1) + " has " + std::to_string(length) +
                      " tokens, and the model has a context of " + std::to_string(most));
    }
    const auto begin = all.begin() + row * source_time_;
    prompts_.emplace_back(begin, begin + length);
  }
}

std::int64_t SearchSteps::longest(std::int64_t sentence) const {
  return longest_output(generator_, options_, source_length(sentence) - 1);
}

void SearchSteps::step() {
  ++length_;
  host_ = nullptr;
  if (held_ == nullptr) {
    logits_ = in_plugin("step()", generator_, [&] { return generator_.step(*state_, next_); });
    return;
  }
  logits_ = (*held_)(next_);
  if (held_->holds()) return;
  held_.reset();
  replays_ = false;
  InPlaceSteps::tell("a part of the model's state changes its shape");
}

void SearchSteps::require_finite(std::int64_t row) const {
  const double normaliser = normalisers_[index(row)];
  if (std::isfinite(normaliser)) return;
  throw Error("E_MODEL_LOGITS", "[decode]",
              "the log-probabilities of row " + std::to_string(row) + " at step " + std::to_string(length_) +
                  " are no numbers: the log of the sum of exp(logits) is " + std::to_string(normaliser),
              "the weights are not finite, or f32 is needed instead of bf16");
}

bool SearchSteps::allowed(std::int32_t token) const {
  if (!std::binary_search(specials_.begin(), specials_.end(), token)) return true;
  if (token == options_.specials.unknown) return options_.allow_unknown;
  return ends(token) && length_ > options_.min_length;
}

std::vector<std::int32_t> SearchSteps::forbidden() const {
  std::vector<std::int32_t> tokens;
  for (const std::int32_t token : specials_) {
    if (!allowed(token)) tokens.push_back(token);
  }
  return tokens;
}

// log p(w) = (z(w) - z(best)) - log sum exp(z - z(best)): no [R,V] of probabilities.
void SearchSteps::best(std::int64_t count, Candidates& out) {
  // Special tokens are rarely among the best, and a template may have hundreds: then few of them are enough.
  constexpr std::size_t kFew = 4;
  if (!best_of(count + static_cast<std::int64_t>(std::min(specials_.size(), kFew)), count, out)) {
    (void)best_of(count + static_cast<std::int64_t>(specials_.size()), count, out);
  }
}

// Takes the allowed ones of the best `wide` of each row. False: a row has too few of them, which a larger number may
// still change.
bool SearchSteps::best_of(std::int64_t wide, std::int64_t count, Candidates& out) {
  const std::int64_t k = std::min(vocabulary(), wide);
  bool enough = true;
  const TopLogits top = top_logits(logits_, static_cast<int>(k));
  const Tensor parts[] = {top.log_sum, top.values, top.indices};
  const auto read = to_doubles(parts);  // the one place of a step that waits for the device
  const std::vector<double>&log_sums = read[0], &values = read[1], &tokens = read[2];
  set_normalisers(values, k, log_sums);
  out.width = count;
  out.all.resize(index(rows_ * count));
  out.have.assign(index(rows_), 0);
  for (std::int64_t r = 0; r < rows_; ++r) {
    require_finite(r);
    const double log_sum = log_sums[index(seated(r))];
    const std::size_t from = index(seated(r) * k);
    Candidates::One* row = out.all.data() + r * count;
    std::int32_t& have = out.have[index(r)];
    for (std::size_t j = from; j < from + index(k) && have < count; ++j) {
      const double log_probability = (values[j] - values[from]) - log_sum;
      if (log_probability == -INFINITY) break;
      const auto token = static_cast<std::int32_t>(tokens[j]);
      if (allowed(token)) row[have++] = {token, log_probability};
    }
    enough = enough && have == count;
  }
  return enough || k >= std::min(vocabulary(), count + static_cast<std::int64_t>(specials_.size()));
}

void SearchSteps::normalise() {
  const TopLogits top = top_logits(logits_, 1);
  const Tensor parts[] = {top.log_sum, top.values};
  const auto read = to_doubles(parts);
  set_normalisers(read[1], 1, read[0]);
}

void SearchSteps::set_normalisers(const std::vector<double>& best, std::int64_t k,
                                  const std::vector<double>& log_sums) {
  normalisers_.resize(index(rows_));
  for (std::int64_t r = 0; r < rows_; ++r) {
    normalisers_[index(r)] = best[index(seated(r) * k)] + log_sums[index(seated(r))];
  }
}

std::span<const float> SearchSteps::logits(std::int64_t row) {
  if (host_ == nullptr) {
    const bool readable = logits_.dtype() == DType::f32 && logits_.contiguous() && logits_.device()->host_accessible();
    if (readable) {
      host_ = std::as_const(logits_).data<float>();
    } else {
      const Tensor dense = contiguous(logits_.dtype() == DType::f32 ? logits_ : cast(logits_, DType::f32));
      host_copy_.resize(index(dense.numel()));
      dense.device()->copy_to_host(host_copy_.data(), dense.view().data, host_copy_.size() * sizeof(float));
      host_ = host_copy_.data();
    }
  }
  return {host_ + seated(row) * vocabulary(), index(vocabulary())};
}

double SearchSteps::log_probability(std::int64_t row, std::int32_t token) {
  if (token >= vocabulary()) {
    throw Error("E_DATA_CONSTRAINT", "[decode]",
                "token " + std::to_string(token) + " is not among the " + std::to_string(vocabulary()) +
                    " that the model writes");
  }
  return static_cast<double>(logits(row)[index(token)]) - normalisers_[index(row)];
}

std::vector<float> SearchSteps::weights() const {
  if (!context().capture_weights) return {};
  const Tensor weights = in_plugin("alignment()", generator_, [&] { return generator_.alignment(*state_); });
  if (!weights.defined()) return {};
  const std::int64_t all = all_seats_ * block_;
  if (weights.rank() != 2 || weights.size(0) != all || weights.size(1) != source_time_) {
    throw Error(
        "E_SHAPE", "[decode]",
        "alignment " + weights.str() + ", expected [" + std::to_string(all) + "," + std::to_string(source_time_) + "]");
  }
  const std::vector<double> values = weights.to_doubles();
  std::vector<float> out;
  out.reserve(index(rows_ * source_time_));
  for (std::int64_t r = 0; r < rows_; ++r) {
    const auto from = values.begin() + seated(r) * source_time_;
    out.insert(out.end(), from, from + source_time_);
  }
  return out;
}

void SearchSteps::advance(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
                          std::span<const std::int64_t> alive) {
  const auto running = static_cast<std::int64_t>(alive.size());
  const bool same_block = static_cast<std::int64_t>(rows.size()) == running * block_;
  if (held_ != nullptr && same_block && length_ < room_until_ && running * kEmptySeats > all_seats_) {
    keep_seats(rows, tokens, alive);
    return;
  }
  held_.reset();
  move_up(rows, tokens, alive);
  const bool full = room_until_ > 0 && length_ >= room_until_;
  if (replays_ || full) hold();
}

// Every seat keeps its rows; what is read of those that nobody sits on does not matter.
void SearchSteps::keep_seats(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
                             std::span<const std::int64_t> alive) {
  const std::int64_t all = all_seats_ * block_;
  std::vector<std::int64_t> moves(index(2 * all), 0);
  std::iota(moves.begin() + all, moves.end(), 0);
  std::vector<std::int64_t> seats;
  for (const std::int64_t place : alive) seats.push_back(seats_[index(place)]);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = static_cast<std::int64_t>(r);
    const std::int64_t to = seats[index(row / block_)] * block_ + row % block_;
    moves[index(to)] = tokens[r];
    moves[index(all + to)] = seated(rows[r]);
  }
  seats_ = std::move(seats);
  rows_ = static_cast<std::int64_t>(rows.size());
  next_ = Tensor::from(moves, {2, all});
}

// Those that run on take the first seats.
void SearchSteps::move_up(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
                          std::span<const std::int64_t> alive) {
  std::vector<std::int64_t> from, staying;
  for (const std::int64_t row : rows) from.push_back(seated(row));
  for (const std::int64_t place : alive) staying.push_back(seats_[index(place)]);
  const auto count = static_cast<std::int64_t>(rows.size()), running = static_cast<std::int64_t>(alive.size());
  const bool left = running != all_seats_;
  bool moved = left || count != all_seats_ * block_;
  for (std::int64_t r = 0; r < count && !moved; ++r) moved = from[index(r)] != r;
  if (moved) {
    const Tensor order = Tensor::from(from, {count}), kept = left ? Tensor::from(staying, {running}) : Tensor();
    in_plugin("reorder()", generator_, [&] { generator_.reorder(*state_, order, kept); });
  }
  rows_ = count;
  block_ = count / running;
  all_seats_ = running;
  seats_.resize(index(running));
  std::iota(seats_.begin(), seats_.end(), 0);
  next_ = Tensor::from(tokens, {count});
}

// From here on with steps that can be replayed, where enough of them are to come. What has once made room by its length
// alone on the device needs it again, whether or not steps are replayed.
void SearchSteps::hold() {
  std::int64_t longest = 0;
  for (std::int64_t s = 0; s < sentences(); ++s) longest = std::max(longest, this->longest(s));
  const std::int64_t more = std::min(longest - length_, kRoom);
  const bool worth = more >= kWorthHolding;
  if (!worth && room_until_ == 0) return;
  const bool whole = in_plugin("reserve()", generator_, [&] { return generator_.reserve(*state_, length_, more); });
  room_until_ = length_ + more;
  if (replays_ && !whole) InPlaceSteps::tell("the model's state grows with them");
  replays_ = replays_ && whole;
  if (!replays_ || !worth) return;
  held_ = std::make_unique<InPlaceSteps>(generator_, *state_);
  next_ = stack({next_, iota(rows_)}, 0);
}

void append_weights(std::vector<float>& to, const std::vector<float>& weights, std::int64_t row, std::int64_t time,
                    std::int64_t source_length) {
  if (weights.empty()) return;
  const auto begin = weights.begin() + row * time;
  to.insert(to.end(), begin, begin + source_length);
}

}  // namespace strata::detail

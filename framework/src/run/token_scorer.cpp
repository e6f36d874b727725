// TokenScorer: rows into batches by length, and their log-probabilities out of the model.
#include "strata/run/token_scorer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "data/text_rows.hpp"
#include "run/token_rows.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/data/corpus.hpp"
#include "strata/model/model.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// The largest number of logits of a batch, rows x time x vocabulary: they take more memory than all else.
constexpr std::int64_t kMostLogits = std::int64_t{1} << 27;

std::vector<std::int32_t> encoded(const Tokenizer& tokenizer, std::string_view text) {
  return in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(text); });
}

// The number of tokens that the model reads for a row: all but the last, or a source or target with its end.
std::size_t length_of(const GivenTokens& given, bool translates) {
  return translates ? std::max(given.before.size() + 1, given.ids.size()) : given.before.size() + given.ids.size();
}

// Rows of pairs, whose targets have their end already: make_pair_batch() adds it.
Batch pair_batch(std::span<const GivenTokens> given, std::span<const std::size_t> rows) {
  std::vector<EncodedPair> pairs;
  for (const std::size_t row : rows) {
    const std::vector<std::int32_t>& ids = given[row].ids;
    pairs.push_back({given[row].before, {ids.data(), ids.size() - 1}, static_cast<std::int64_t>(row)});
  }
  return make_pair_batch(pairs);
}

}  // namespace

TokenScorer::TokenScorer(Model& model, std::shared_ptr<const Feed> feed, const Tokenizers& tokenizers,
                         const ScoreBatch& batch, std::string place)
    : scorer_(&require<Scorer>(model, "Scorer", place)),
      feed_(std::move(feed)),
      tokenizers_(tokenizers),
      batch_(batch),
      place_(std::move(place)),
      translates_(tokenizers.has("source") && tokenizers.has("target")) {
  if (!translates_ && !tokenizers.has("text")) {
    std::string names;
    for (const Tokenizers::Named& one : tokenizers.all()) names += (names.empty() ? "" : ", ") + one.name;
    throw Error("E_MODEL_CAPABILITY", place_,
                "the vocabularies of the model are: " + (names.empty() ? "none" : names) +
                    "; tokens of \"text\", or of \"source\" and \"target\", can be scored");
  }
  const auto* generator = dynamic_cast<const Generator*>(&model);
  if (generator != nullptr && generator->continues_input() != translates_) context_ = generator->max_length();
}

GivenTokens TokenScorer::encode(std::string_view text) const {
  const Tokenizer& tokenizer = tokenizers_["text"];
  GivenTokens given;
  given.ids = encoded(tokenizer, text);
  if (given.ids.empty()) return given;
  const std::vector<std::int32_t> row = detail::input_row(*feed_, text);
  if (row.size() < given.ids.size() || !std::equal(given.ids.rbegin(), given.ids.rend(), row.rbegin())) {
    throw Error("E_PLUGIN_CALL", "inputs()",
                "the feed makes " + std::to_string(row.size()) + " tokens of a text that do not end with the " +
                    std::to_string(given.ids.size()) + " of its tokenizer");
  }
  given.before.assign(row.begin(), row.end() - static_cast<std::ptrdiff_t>(given.ids.size()));
  return given;
}

GivenTokens TokenScorer::encode(std::string_view source, std::string_view target) const {
  GivenTokens given{encoded(tokenizers_["source"], source), encoded(tokenizers_["target"], target)};
  given.ids.push_back(kEnd);
  return given;
}

std::vector<std::int32_t> TokenScorer::opening(const std::string& place) const {
  try {
    return detail::input_row(*feed_, "");
  } catch (const Error& error) {
    if (error.code() != "E_DATA_EMPTY") throw;
    throw Error(error.code(), place, error.message(), error.hint());
  }
}

void TokenScorer::require_fits(const GivenTokens& given, const std::string& place, const std::string& hint) const {
  if (context_ == 0 || given.ids.empty()) return;
  const auto read =
      static_cast<std::int64_t>(translates_ ? given.ids.size() : given.before.size() + given.ids.size() - 1);
  if (read <= context_) return;
  throw Error("E_DATA_LONG", place,
              std::to_string(read) + " tokens are read, and the model has a context of " + std::to_string(context_),
              hint);
}

std::vector<std::vector<double>> TokenScorer::score(std::span<const GivenTokens> given) {
  std::vector<std::vector<double>> out(given.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < given.size(); ++i) {
    out[i].assign(given[i].ids.size(), std::numeric_limits<double>::quiet_NaN());
    const std::size_t least = given[i].before.empty() && !translates_ ? 2 : 1;  // of tokens, for one to be predicted
    if (given[i].ids.size() >= least) order.push_back(i);
  }
  const auto length = [&](std::size_t i) { return length_of(given[i], translates_); };
  // Longest first: later batches fit into the memory of earlier ones.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return length(a) > length(b); });
  const ContextScope scope;
  strata::context().recording = false;
  strata::context().training = false;
  const std::int64_t vocabulary = tokenizers_[translates_ ? "target" : "text"].size();
  const std::int64_t most = std::min(batch_.tokens, kMostLogits / vocabulary);
  for (std::span<const std::size_t> rest(order); !rest.empty();) {
    if (interrupted() != 0) throw Error("E_STOPPED", place_, "stopped on request before all was scored");
    const auto longest = static_cast<std::int64_t>(length(rest[0]));
    const std::int64_t fit = std::clamp<std::int64_t>(most / longest, 1, batch_.size);
    const std::size_t count = std::min(rest.size(), static_cast<std::size_t>(fit));
    score_batch(given, rest.first(count), out);
    rest = rest.subspan(count);
  }
  return out;
}

void TokenScorer::score_batch(std::span<const GivenTokens> given, std::span<const std::size_t> rows,
                              std::vector<std::vector<double>>& out) {
  TensorBatch batch;
  if (translates_) {
    batch = to_tensors(pair_batch(given, rows));
  } else {
    std::vector<std::vector<std::int32_t>> tokens;
    for (const std::size_t row : rows) {
      tokens.push_back(given[row].before);
      tokens.back().insert(tokens.back().end(), given[row].ids.begin(), given[row].ids.end());
    }
    batch = to_tensors(detail::token_batch(tokens, "tokens", tokenizers_["text"].vocabulary().specials().pad));
  }
  const Tensor scores = in_plugin("score()", *scorer_, [&] { return scorer_->score(batch); });
  const Tensor& wanted = batch[translates_ ? "target_out" : "tokens"];
  if (!(scores.shape() == wanted.shape())) {
    throw Error("E_SHAPE", "score()", "scores " + scores.str() + " of tokens " + wanted.str());
  }
  const std::vector<double> values = scores.to_doubles();
  const auto time = static_cast<std::size_t>(wanted.size(1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t before = translates_ ? 0 : given[rows[i]].before.size();
    std::vector<double>& found = out[rows[i]];
    for (std::size_t t = translates_ || before > 0 ? 0 : 1; t < found.size(); ++t) {
      found[t] = values[i * time + before + t];
      if (std::isfinite(found[t])) continue;
      throw Error("E_MODEL_LOGITS", place_,
                  "the log-probability of token " + std::to_string(t + 1) + " of " + std::to_string(found.size()) +
                      " is " + std::to_string(found[t]),
                  "the weights are not finite, or f32 is needed instead of bf16");
    }
  }
}

}  // namespace strata

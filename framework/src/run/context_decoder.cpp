// ContextDecoder: cuts prompts to the context, and reads the newest half of it anew where an output goes on beyond.
#include "run/context_decoder.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "data/text_rows.hpp"
#include "run/token_rows.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/model/batch.hpp"

namespace strata::detail {
namespace {

// Keeps the newest tokens, and returns how many others there were.
std::int64_t keep_newest(std::vector<std::int32_t>& ids, std::int64_t most) {
  const std::int64_t more = static_cast<std::int64_t>(ids.size()) - most;
  if (more > 0) ids.erase(ids.begin(), ids.begin() + more);
  return std::max<std::int64_t>(more, 0);
}

void sort_best(std::vector<Hypothesis>& outputs) {
  std::stable_sort(outputs.begin(), outputs.end(),
                   [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
}

}  // namespace

ContextDecoder::ContextDecoder(Generator& generator, DecodeOptions search, ContextPolicy policy)
    : generator_(generator), search_(std::move(search)), policy_(policy), context_(generator.max_length()) {}

std::int64_t ContextDecoder::fitting(const Batch& batch) const {
  if (context_ == 0 || policy_ == ContextPolicy::drop_oldest) return batch.size;
  const std::vector<std::int32_t>& lengths = batch[std::string(generator_.input()) + "_lengths"].ids;
  return std::find_if(lengths.begin(), lengths.end(), [&](std::int32_t one) { return one > context_; }) -
         lengths.begin();
}

void ContextDecoder::refuse(const Batch& batch, std::int64_t row) const {
  const auto at = static_cast<std::size_t>(row);
  const std::int32_t length = batch[std::string(generator_.input()) + "_lengths"].ids[at];
  throw Error("E_DATA_LONG", "line " + std::to_string(batch.indices[at] + 1),
              "the prompt has " + std::to_string(length) + " tokens, and the model has a context of " +
                  std::to_string(context_),
              "a shorter prompt, or --context-policy drop_oldest");
}

// True when all places of the context after `read` tokens are taken by the last `written` of an output, and more of it
// is asked for. The last token that is written is not read.
bool ContextDecoder::full(const Hypothesis& one, std::size_t read, std::size_t written) const {
  return context_ > 0 && !one.finished &&
         static_cast<std::int64_t>(one.ids.size())<search_.max_length&& static_cast<std::int64_t>(read + written)>
             context_;
}

std::vector<std::vector<Hypothesis>> ContextDecoder::decode(const Batch& batch) {
  const std::string input(generator_.input());
  Rows prompts = rows_of(batch, input);
  bool cut = false;
  for (std::vector<std::int32_t>& prompt : prompts) {
    const std::int64_t more = context_ > 0 ? keep_newest(prompt, context_) : 0;
    if (more > 0) dropped_.add(more);
    cut = cut || more > 0;
  }
  const std::int32_t pad = search_.specials.pad;
  const TensorBatch tensors = to_tensors(cut ? token_batch(prompts, input, pad, batch.indices) : batch);
  std::vector<std::vector<Hypothesis>> found = strata::decode(generator_, tensors, search_, batch.indices);
  std::vector<Full> outputs;
  for (std::size_t row = 0; row < found.size(); ++row) {
    for (std::size_t i = 0; i < found[row].size(); ++i) {
      Hypothesis& one = found[row][i];
      ++outputs_;
      if (!full(one, prompts[row].size(), one.ids.size())) continue;
      outputs.push_back({&one, &prompts[row], batch.indices[row] * search_.n_best + static_cast<std::int64_t>(i)});
    }
  }
  full_ += static_cast<std::int64_t>(outputs.size());
  if (policy_ == ContextPolicy::error || outputs.empty()) return found;
  for (std::int64_t round = 1; !outputs.empty(); ++round) outputs = go_on(outputs, round);
  for (std::vector<Hypothesis>& all : found) sort_best(all);
  return found;
}

std::vector<ContextDecoder::Full> ContextDecoder::go_on(const std::vector<Full>& outputs, std::int64_t round) {
  std::map<std::int64_t, std::vector<Full>> by_rest;  // by the number of tokens that are still to be written
  for (const Full& one : outputs) {
    by_rest[search_.max_length - static_cast<std::int64_t>(one.output->ids.size())].push_back(one);
  }
  DecodeOptions search = search_;
  search.n_best = 1;
  // Other random numbers than those with which the output began.
  const std::uint64_t seed = hash64(static_cast<std::uint64_t>(search_.seed), "context/" + std::to_string(round));
  search.seed = static_cast<std::int64_t>(seed >> 1U);
  std::vector<Full> still;
  for (const auto& entry : by_rest) {
    const std::vector<Full>& some = entry.second;
    search.max_length = entry.first;
    Rows rows;
    std::vector<std::int64_t> numbers;
    for (const Full& one : some) {
      rows.push_back(*one.prompt);
      rows.back().insert(rows.back().end(), one.output->ids.begin(), one.output->ids.end());
      (void)keep_newest(rows.back(), std::max<std::int64_t>(1, context_ / 2));
      numbers.push_back(one.number);
    }
    const Batch batch = token_batch(rows, std::string(generator_.input()), search.specials.pad, numbers);
    const auto found = strata::decode(generator_, to_tensors(batch), search, numbers);
    for (std::size_t i = 0; i < some.size(); ++i) {
      Hypothesis& one = *some[i].output;
      const Hypothesis& more = found[i].at(0);
      one.ids.insert(one.ids.end(), more.ids.begin(), more.ids.end());
      one.log_probability += more.log_probability;
      one.finished = more.finished;
      const auto length = static_cast<std::int64_t>(one.ids.size()) + (one.finished ? 1 : 0);
      one.score = search_.normalised(one.log_probability, length);
      if (full(one, rows[i].size(), more.ids.size())) still.push_back(some[i]);
    }
  }
  return still;
}

std::vector<std::string> ContextDecoder::warnings() const {
  std::vector<std::string> lines;
  if (dropped_.texts > 0) lines.push_back(dropped_.line("prompts", context_));
  if (full_ == 0) return lines;
  lines.push_back(std::to_string(full_) + " of " + std::to_string(outputs_) + " outputs " +
                  (policy_ == ContextPolicy::drop_oldest ? "went on beyond the context of the model, "
                                                         : "ended where the context of the model was full, at ") +
                  std::to_string(context_) + " tokens" +
                  (policy_ == ContextPolicy::drop_oldest ? ": each time its newest half was read anew" : ""));
  return lines;
}

}  // namespace strata::detail

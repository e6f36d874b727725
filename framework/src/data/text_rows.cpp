// prompt_rows, predicted_bytes.
#include "data/text_rows.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

// The token that stands for an empty prompt: what comes before a document in training.
std::int32_t before_text(const Tokenizer& tokenizer, std::int64_t example) {
  const Specials& specials = tokenizer.vocabulary().specials();
  const std::int32_t id = specials.end() >= 0 ? specials.end() : specials.start;
  if (id >= 0) return id;
  throw Error("E_DATA_EMPTY", "prompt " + std::to_string(example + 1),
              "it has no token, and the vocabulary has none that begins a text", "give the prompt some text");
}

}  // namespace

std::int32_t padding_of(const Tokenizer& tokenizer) { return std::max(tokenizer.vocabulary().specials().pad, 0); }

Batch prompt_rows(const Tokenizer& tokenizer, std::span<const Example> examples, std::int32_t start) {
  const auto count = static_cast<std::int64_t>(examples.size());
  std::vector<std::vector<std::int32_t>> rows;
  std::size_t longest = 1;
  for (const Example& one : examples) {
    std::vector<std::int32_t>& row = rows.emplace_back();
    if (start >= 0) row.push_back(start);
    const auto ids = in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(one.fields.at(0).text); });
    row.insert(row.end(), ids.begin(), ids.end());
    if (row.empty()) row.push_back(before_text(tokenizer, one.index));
    longest = std::max(longest, row.size());
  }
  Column tokens{"tokens", {count, static_cast<std::int64_t>(longest)}, {}, {}},
      lengths{"tokens_lengths", {count}, {}, {}};
  for (const std::vector<std::int32_t>& row : rows) {
    tokens.ids.insert(tokens.ids.end(), row.begin(), row.end());
    tokens.ids.resize(tokens.ids.size() + longest - row.size(), padding_of(tokenizer));
    lengths.ids.push_back(static_cast<std::int32_t>(row.size()));
  }
  Batch batch;
  batch.size = count;
  batch.first = true;
  for (const Example& one : examples) batch.indices.push_back(one.index);
  batch.columns = {std::move(tokens), std::move(lengths)};
  return batch;
}

std::int64_t predicted_bytes(const Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  const Specials& specials = tokenizer.vocabulary().specials();
  const auto bytes = [&](auto begin, auto end) {
    const std::vector<std::int32_t> some(begin, end);
    return static_cast<std::int64_t>(in_plugin("decode()", tokenizer, [&] { return tokenizer.decode(some); }).size());
  };
  const auto ends = [&](std::int32_t id) { return specials.is_end(id); };
  if (ids.empty()) return 0;
  std::int64_t sum = -bytes(ids.begin(), ids.begin() + 1);
  for (auto begin = ids.begin(); begin != ids.end();) {
    const auto end = std::find_if(begin, ids.end(), ends);
    if (end != begin) sum += bytes(begin, end);
    begin = end == ids.end() ? end : end + 1;
  }
  return sum;
}

}  // namespace strata::detail

// token_batch, prompt_rows, predicted_bytes.
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

Batch token_batch(std::span<const std::vector<std::int32_t>> rows, const std::string& name, std::int32_t pad,
                  std::span<const std::int64_t> numbers) {
  std::size_t longest = 1;
  for (const std::vector<std::int32_t>& row : rows) longest = std::max(longest, row.size());
  const auto count = static_cast<std::int64_t>(rows.size());
  Column tokens{name, {count, static_cast<std::int64_t>(longest)}, {}, {}}, lengths{name + "_lengths", {count}, {}, {}};
  Batch batch;
  for (const std::vector<std::int32_t>& row : rows) {
    tokens.ids.insert(tokens.ids.end(), row.begin(), row.end());
    tokens.ids.resize(tokens.ids.size() + longest - row.size(), std::max(pad, 0));
    lengths.ids.push_back(static_cast<std::int32_t>(row.size()));
    const std::size_t at = batch.indices.size();
    batch.indices.push_back(numbers.empty() ? static_cast<std::int64_t>(at) : numbers[at]);
  }
  batch.size = count;
  batch.first = true;
  batch.columns = {std::move(tokens), std::move(lengths)};
  return batch;
}

Batch prompt_rows(const Tokenizer& tokenizer, std::span<const Example> examples, std::int32_t start) {
  std::vector<std::vector<std::int32_t>> rows;
  std::vector<std::int64_t> numbers;
  for (const Example& one : examples) {
    std::vector<std::int32_t>& row = rows.emplace_back();
    if (start >= 0) row.push_back(start);
    const auto ids = in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(one.fields.at(0).text); });
    row.insert(row.end(), ids.begin(), ids.end());
    if (row.empty()) row.push_back(before_text(tokenizer, one.index));
    numbers.push_back(one.index);
  }
  return token_batch(rows, "tokens", padding_of(tokenizer), numbers);
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

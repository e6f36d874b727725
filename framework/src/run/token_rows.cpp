// token_batch, rows_of, input_row.
#include "run/token_rows.hpp"

#include <algorithm>

#include "strata/core/plugin_call.hpp"

namespace strata::detail {

Batch token_batch(std::span<const std::vector<std::int32_t>> rows, const std::string& name, std::int32_t pad,
                  std::span<const std::int64_t> numbers) {
  std::size_t longest = 0;
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

std::vector<std::vector<std::int32_t>> rows_of(const Batch& batch, const std::string& name) {
  const Column &tokens = batch[name], &lengths = batch[name + "_lengths"];
  std::vector<std::vector<std::int32_t>> rows;
  for (std::int64_t row = 0; row < batch.size; ++row) {
    const auto begin = tokens.ids.begin() + row * tokens.shape[1];
    rows.emplace_back(begin, begin + lengths.ids[static_cast<std::size_t>(row)]);
  }
  return rows;
}

std::vector<std::int32_t> input_row(const Feed& feed, std::string_view text) {
  std::vector<Example> one(1);
  set_texts(one[0], {std::string(text)}, 0);
  const Batch batch = in_plugin("inputs()", feed, [&] { return feed.inputs(one); });
  return rows_of(batch, "tokens").at(0);
}

}  // namespace strata::detail

// rows_of, input_row.
#include "run/token_rows.hpp"

#include "strata/core/plugin_call.hpp"

namespace strata::detail {

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

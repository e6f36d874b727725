// Registers the built-in datasets and feeds.
#include "data/builtin.hpp"

namespace strata {

void register_datasets(Registry& registry) {
  register_parallel_dataset(registry);
  register_tsv_dataset(registry);
  register_jsonl_dataset(registry);
  register_text_dataset(registry);
}

void register_feeds(Registry& registry) {
  register_pairs_feed(registry);
  register_rows_feed(registry);
  register_stream_feed(registry);
  register_packed_feed(registry);
}

}  // namespace strata

// The datasets and feeds that libstrata itself brings.
#pragma once

namespace strata {

class Registry;

void register_parallel_dataset(Registry& registry);
void register_tsv_dataset(Registry& registry);
void register_jsonl_dataset(Registry& registry);
void register_text_dataset(Registry& registry);
void register_datasets(Registry& registry);  // all of them

void register_pairs_feed(Registry& registry);
void register_rows_feed(Registry& registry);
void register_stream_feed(Registry& registry);
void register_packed_feed(Registry& registry);
void register_feeds(Registry& registry);  // all of them

}  // namespace strata

// The datasets that libstrata itself brings: parallel, tsv, jsonl.
#pragma once

namespace strata {

class Registry;

void register_parallel_dataset(Registry& registry);
void register_tsv_dataset(Registry& registry);
void register_jsonl_dataset(Registry& registry);
void register_datasets(Registry& registry);  // all of them

}  // namespace strata

// Registers the built-in datasets.
#include "data/builtin.hpp"

namespace strata {

void register_datasets(Registry& registry) {
  register_parallel_dataset(registry);
  register_tsv_dataset(registry);
  register_jsonl_dataset(registry);
}

}  // namespace strata

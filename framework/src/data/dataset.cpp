// Dataset: what all datasets share.
#include "strata/data/dataset.hpp"

#include <unordered_map>

namespace strata {

PairReader::~PairReader() = default;
std::vector<std::string> PairReader::warnings() const { return {}; }
Dataset::~Dataset() = default;

std::int64_t overlap(const Dataset& dataset, std::string_view train, std::string_view test) {
  std::unordered_map<std::string, std::int64_t> sources;  // of test, how often each
  TextPair pair;
  for (const auto reader = dataset.open(test); reader->next(pair);) ++sources[pair.source];
  std::int64_t shared = 0;
  for (const auto reader = dataset.open(train); reader->next(pair);) {
    if (const auto at = sources.find(pair.source); at != sources.end()) {
      shared += at->second;
      sources.erase(at);  // counted once, however often it stands in train
    }
  }
  return shared;
}

}  // namespace strata

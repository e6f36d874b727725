// Selection: which records of a split are read: a part that is kept for validation, or the first ones of a shuffle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace table {

struct SelectionOptions {
  double valid_share = 0;
  std::int64_t limit = 0, seed = 1;

  void visit(auto& option) {
    option("valid_share", valid_share,
           "share of the records of the training split that are the split valid instead, chosen at random by `seed`")
        .min(0)
        .below(1);
    option("limit", limit,
           "number of records for training, the first of a shuffle by `seed`, each class by its share (0: all)")
        .min(0);
    option("seed", seed, "number that decides which records are chosen").min(0);
  }
};

// True when the record of this number is in the part for validation.
bool is_valid_part(const SelectionOptions& options, std::int64_t record);
// Returns the numbers of the records that remain of these, given by their number and class, in ascending order: of each
// class its share of `limit`, at least one. All of them when there is no limit or there are fewer.
std::vector<std::int64_t> limited(const SelectionOptions& options,
                                  const std::vector<std::pair<std::int64_t, std::string>>& records);

}  // namespace table

// Dataset: named splits of pairs of texts, which are read as a stream. It is the role of "data" in a recipe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// A pair of texts.
struct TextPair {
  std::string source, target;  // source and target text, without line ends
  std::int64_t index = 0;      // position in the split, from 0
};

// One pass over one split. The texts that it returns are valid UTF-8 without line ends.
class STRATA_API PairReader {
 public:
  virtual ~PairReader();
  // Fills `pair` and returns true, or returns false at the end. Throws E_DATA_* with the place file:line, and
  // E_IO_READ.
  virtual bool next(TextPair& pair) = 0;
  // Reports what was corrected while reading, one line for each kind with its count ("train.en: 12 carriage returns at
  // line ends removed").
  virtual std::vector<std::string> warnings() const;
};

class STRATA_API Dataset {
 public:
  static constexpr std::string_view kRole = "dataset";
  struct Facts {};  // the host tells a dataset nothing

  Dataset() = default;
  virtual ~Dataset();
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  // The names of the splits, in the order of the recipe ("train", "valid", "test", ...).
  virtual std::vector<std::string> splits() const = 0;
  // Opens a split and checks before the first pair that the files exist and can be read, and that both sides have
  // equally many lines. Throws E_DATA_SPLIT for an unknown name, E_DATA_MISSING, E_DATA_UNEQUAL, ...
  virtual std::unique_ptr<PairReader> open(std::string_view split) const = 0;
};

// Returns how many pairs of split `test` have a source text that also occurs in split `train`. The source texts of
// `test` are in memory meanwhile.
STRATA_API std::int64_t overlap(const Dataset& dataset, std::string_view train, std::string_view test);

}  // namespace strata

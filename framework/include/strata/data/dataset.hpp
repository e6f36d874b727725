// Dataset: named splits of source and target texts, read as a stream. The role behind "data" in a recipe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// One example as text.
struct TextPair {
  std::string source, target;  // one line each
  std::int64_t index = 0;      // position in the split, from 0
};

// One pass over one split. What is read is valid UTF-8 without line ends.
class STRATA_API PairReader {
 public:
  virtual ~PairReader();
  // Fills `pair` and returns true, or returns false at the end. Throws E_DATA_* with file:line, E_IO_READ.
  virtual bool next(TextPair& pair) = 0;
  // What was put right on the way, one counted line each ("train.en: 12 carriage returns at line ends removed").
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

  // The splits that the recipe names, in order ("train", "valid", "test", ...).
  virtual std::vector<std::string> splits() const = 0;
  // Opens a split and checks what can be checked before the first pair: the files are there and readable, the sides
  // are equally long. Throws E_DATA_SPLIT for an unknown name, E_DATA_MISSING, E_DATA_UNEQUAL, ...
  virtual std::unique_ptr<PairReader> open(std::string_view split) const = 0;
};

// How many pairs of split `test` have a source that occurs in split `train` too. Holds the sources of `test` in memory.
STRATA_API std::int64_t overlap(const Dataset& dataset, std::string_view train, std::string_view test);

}  // namespace strata

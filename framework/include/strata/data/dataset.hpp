// Dataset: named splits of examples, which are read as a stream. It is the role of "data" in a recipe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/example.hpp"

namespace strata {

// One pass over one split.
class STRATA_API ExampleReader {
 public:
  virtual ~ExampleReader();
  // Fills `example` with the fields that Dataset::fields() declares and returns true, or returns false at the end.
  // Texts are valid UTF-8. Throws E_DATA_* with the place file:line, and E_IO_READ.
  virtual bool next(Example& example) = 0;
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

  // The fields of every example. Default: the texts "source" and "target", without line ends.
  virtual std::vector<FieldInfo> fields() const;
  // The names of the splits, in the order of the recipe ("train", "valid", "test", ...).
  virtual std::vector<std::string> splits() const = 0;
  // A short text that changes when the content of a split may have changed (sizes and times of its files). What was
  // computed from a split is used again as long as it stays the same. Default: empty, which means that nothing is
  // known.
  virtual std::string stamp(std::string_view split) const;
  // Opens a split and checks before the first example that the files exist and can be read, and that they fit together.
  // Throws E_DATA_SPLIT for an unknown name, E_DATA_MISSING, E_DATA_UNEQUAL, ...
  virtual std::unique_ptr<ExampleReader> open(std::string_view split) const = 0;
};

// Returns how many examples of split `test` have a first text that is also the first text of an example of split
// `train`. These texts of `test` are in memory meanwhile. Throws E_DATA_FIELD when the dataset has no text.
STRATA_API std::int64_t overlap(const Dataset& dataset, std::string_view train, std::string_view test);

}  // namespace strata

// Properties of a single batch, and comparisons of batches.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/data/sizes.hpp"

namespace strata::detail {

// The name of a column, its kind and its number of axes.
struct ColumnForm {
  enum class Kind { none, ids, numbers };  // none: the column has no value, so that its kind is not known
  std::string name;
  Kind kind = Kind::none;
  int rank = 0;
};

// Returns the forms of the columns. Throws CheckFailed, with `where`, unless names differ from each other and are not
// empty, the numbers of values are those of the shapes, and the first extent is Batch::size, which is also the number
// of indices.
std::vector<ColumnForm> forms_of(const Batch& batch, const std::string& where);
// Throws CheckFailed unless both have the same columns in the same order. What is not known in `expected` is filled in.
void require_same_forms(const std::vector<ColumnForm>& got, std::vector<ColumnForm>& expected,
                        const std::string& where);

// True when a column NAME or NAME_... belongs to `name`; NAME_lengths does not.
bool belongs(const std::string& column, const std::string& name);
bool is_lengths(const std::string& column);

// Checks that the lengths are within the padded time of their columns; returns how many columns of lengths there are.
int require_lengths(const Batch& batch, const std::string& where);
// True when a row has several documents: there is a column `segments`.
bool has_segments(const Batch& batch);
// Checks the columns `segments` and `positions`, ids [B,T] where there are any: in each row segments count from 0
// without a gap, and positions count from 0 in each segment. Returns the number of segments.
std::int64_t require_segments(const Batch& batch, const std::string& where);
// Checks ids and extents against the sizes of the same names; returns how many columns were compared. `unknown` are
// names whose size is no number of ids.
int require_sizes(const Batch& batch, const Sizes& sizes, const std::vector<std::string>& unknown,
                  const std::string& where);

// A number that differs when anything in the batch differs, up to chance.
std::size_t sum_of(const Batch& batch);

// Throws CheckFailed unless row `a_row` of column a and row `b_row` of column b have the same values, as far as both
// go: the padded times may differ.
void require_same_row(const Column& a, std::int64_t a_row, const Column& b, std::int64_t b_row,
                      const std::string& where);

}  // namespace strata::detail

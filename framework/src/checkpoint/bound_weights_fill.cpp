// BoundWeights::fill: values go from the file to the rows of a parameter; only a transposed tensor passes through a
// buffer of one row.
#include <cmath>

#include "strata/checkpoint/bound_weights.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

using RowPairs = std::vector<std::pair<std::int64_t, std::int64_t>>;  // row of the parameter, row of the tensor

std::int64_t width_of(const Shape& shape) {
  std::int64_t width = 1;
  for (int axis = 1; axis < shape.rank(); ++axis) width *= shape[axis];
  return width;
}

template <class T>
std::int64_t count_nan(const T* values, std::int64_t count) {
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) found += std::isnan(values[i]) ? 1 : 0;
  return found;
}

// Gives the rows that `from` has as -1 the mean of the others; they are zero when there are none.
template <class T>
void fill_mean(T* values, std::int64_t width, const std::vector<std::int64_t>& from) {
  std::vector<double> mean(static_cast<std::size_t>(width));
  double taken = 0;
  for (std::size_t row = 0; row < from.size(); ++row) {
    if (from[row] < 0) continue;
    ++taken;
    const T* at = values + static_cast<std::int64_t>(row) * width;
    for (std::int64_t i = 0; i < width; ++i) mean[static_cast<std::size_t>(i)] += static_cast<double>(at[i]);
  }
  for (std::size_t row = 0; row < from.size(); ++row) {
    if (from[row] >= 0) continue;
    T* at = values + static_cast<std::int64_t>(row) * width;
    for (std::int64_t i = 0; i < width; ++i) {
      at[i] = static_cast<T>(taken == 0 ? 0 : mean[static_cast<std::size_t>(i)] / taken);
    }
  }
}

}  // namespace

void BoundWeights::read_rows(const Piece& piece, const RowPairs& rows, const Tensor& values) const {
  const std::int64_t width = width_of(values.shape());
  auto* into = static_cast<char*>(values.view().data);
  const std::size_t size = size_of(values.dtype());
  if (piece.rule == nullptr || !piece.rule->transpose) {
    for (std::size_t i = 0; i < rows.size();) {  // rows that follow one another on both sides are read at once
      std::size_t end = i + 1;
      const auto run = [&] { return static_cast<std::int64_t>(end - i); };
      while (end < rows.size() && rows[end].first == rows[i].first + run() &&
             rows[end].second == rows[i].second + run()) {
        ++end;
      }
      source_->read(*piece.entry, rows[i].second * width, run() * width,
                    into + static_cast<std::size_t>(rows[i].first * width) * size, values.dtype());
      i = end;
    }
    return;
  }
  const std::int64_t columns = piece.entry->shape[1];  // theirs [width, columns]; columns are rows of the parameter
  std::vector<char> line(static_cast<std::size_t>(columns) * size);
  for (std::int64_t row = 0; row < width; ++row) {
    source_->read(*piece.entry, row * columns, columns, line.data(), values.dtype());
    for (const auto& pair : rows) {
      std::copy_n(line.data() + static_cast<std::size_t>(pair.second) * size, size,
                  into + static_cast<std::size_t>(pair.first * width + row) * size);
    }
  }
}

bool BoundWeights::fill(const NamedParameter& parameter, const Tensor& values, const std::function<void()>& draw) {
  const auto found = pieces_.find(parameter.name);
  if (found == pieces_.end()) return false;
  const Piece& piece = found->second;
  const auto match = options_.rows.find(parameter.name);
  const bool matched = match != options_.rows.end();
  const std::int64_t count = values.rank() == 0 ? 1 : values.size(0);
  RowPairs rows;
  for (std::int64_t row = 0; row < count; ++row) {
    const std::int64_t from = matched ? match->second.from[static_cast<std::size_t>(row)] : row;
    if (from < 0) continue;
    const std::int64_t theirs = piece.first + from;
    const bool permuted = piece.rule != nullptr && !piece.rule->rows.empty();
    rows.emplace_back(row, permuted ? piece.rule->rows[static_cast<std::size_t>(theirs)] : theirs);
  }
  const bool some_new = static_cast<std::int64_t>(rows.size()) < count;
  const bool drawn = some_new && (!match->second.mean || rows.empty());
  if (drawn) draw();
  read_rows(piece, rows, values);
  const std::int64_t width = width_of(values.shape());
  const bool doubles = values.dtype() == DType::f64;
  if (some_new && !drawn) {
    doubles ? fill_mean(static_cast<double*>(values.view().data), width, match->second.from)
            : fill_mean(static_cast<float*>(values.view().data), width, match->second.from);
  }
  const std::int64_t nan = doubles ? count_nan(static_cast<const double*>(values.view().data), values.numel())
                                   : count_nan(static_cast<const float*>(values.view().data), values.numel());
  if (nan != 0) {
    throw Error("E_CHECKPOINT_NAN", source_->path(),
                printable(piece.entry->name) + " has " + std::to_string(nan) + " of " + std::to_string(values.numel()) +
                    " values that are NaN",
                "the file is damaged, or the training that wrote it diverged");
  }
  return true;
}

}  // namespace strata

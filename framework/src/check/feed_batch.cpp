// Columns, lengths and sizes of a batch.
#include "check/feed_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "check/checks.hpp"

namespace strata::detail {
namespace {

constexpr std::string_view kLengths = "lengths";

std::string_view name_of(ColumnForm::Kind kind) {
  switch (kind) {
    case ColumnForm::Kind::ids: return "ids";
    case ColumnForm::Kind::numbers: return "numbers";
    default: return "nothing";
  }
}

std::string list_of(const std::vector<ColumnForm>& forms) {
  std::string text;
  for (const ColumnForm& one : forms) {
    text += fmt::format("{}{} ({}, {} axes)", text.empty() ? "" : ", ", one.name, name_of(one.kind), one.rank);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<ColumnForm> forms_of(const Batch& batch, const std::string& where) {
  std::vector<ColumnForm> forms;
  std::set<std::string> names;
  if (batch.size < 0 || batch.indices.size() != static_cast<std::size_t>(batch.size)) {
    throw CheckFailed{fmt::format("{}: size is {}, and there are {} indices", where, batch.size, batch.indices.size())};
  }
  if (batch.tokens < 0 || (batch.size == 0 && batch.tokens > 0)) {
    throw CheckFailed{fmt::format("{}: tokens is {}, for {} examples", where, batch.tokens, batch.size)};
  }
  for (const Column& column : batch.columns) {
    if (column.name.empty()) throw CheckFailed{where + ": a column has no name"};
    if (!names.insert(column.name).second) throw CheckFailed{where + ": column " + column.name + " is there twice"};
    const std::string text = where + ": column " + column.name;
    if (column.shape.empty() || column.shape[0] != batch.size) {
      throw CheckFailed{fmt::format("{} is {}, for a batch of {}", text, column.shape.str(), batch.size)};
    }
    if (!column.ids.empty() && !column.numbers.empty()) throw CheckFailed{text + " has ids and numbers"};
    const std::size_t count = column.ids.size() + column.numbers.size();
    if (count != static_cast<std::size_t>(column.shape.numel())) {
      throw CheckFailed{fmt::format("{} has {} values, which is not its shape {}", text, count, column.shape.str())};
    }
    const auto kind = !column.ids.empty()       ? ColumnForm::Kind::ids
                      : !column.numbers.empty() ? ColumnForm::Kind::numbers
                                                : ColumnForm::Kind::none;
    forms.push_back({column.name, kind, column.shape.rank()});
  }
  return forms;
}

void require_same_forms(const std::vector<ColumnForm>& got, std::vector<ColumnForm>& expected,
                        const std::string& where) {
  if (expected.empty()) expected = got;
  bool same = got.size() == expected.size();
  for (std::size_t i = 0; same && i < got.size(); ++i) {
    ColumnForm& wanted = expected[i];
    if (wanted.kind == ColumnForm::Kind::none) wanted.kind = got[i].kind;
    same = got[i].name == wanted.name && got[i].rank == wanted.rank &&
           (got[i].kind == wanted.kind || got[i].kind == ColumnForm::Kind::none);
  }
  if (!same) throw CheckFailed{where + ": the columns are " + list_of(got) + "; in others " + list_of(expected)};
}

bool is_lengths(const std::string& column) { return column == kLengths || column.ends_with("_lengths"); }

bool belongs(const std::string& column, const std::string& name) {
  return !is_lengths(column) && (column == name || column.starts_with(name + "_"));
}

int require_lengths(const Batch& batch, const std::string& where) {
  int found = 0;
  for (const Column& lengths : batch.columns) {
    if (!is_lengths(lengths.name)) continue;
    ++found;
    if (lengths.shape.rank() != 1 || !lengths.numbers.empty()) {
      throw CheckFailed{where + ": column " + lengths.name + " is " + lengths.shape.str() + ", not ids [B]"};
    }
    const bool all = lengths.name == kLengths;  // those of every column with a time
    const std::string name = all ? "" : lengths.name.substr(0, lengths.name.size() - kLengths.size() - 1);
    bool any = false;
    for (const Column& column : batch.columns) {
      if (column.shape.rank() < 2 || is_lengths(column.name) || (!all && !belongs(column.name, name))) continue;
      any = true;
      for (const std::int32_t length : lengths.ids) {
        if (length >= 0 && length <= column.shape[1]) continue;
        throw CheckFailed{fmt::format("{}: {} has the length {}, and {} is {}", where, lengths.name, length,
                                      column.name, column.shape.str())};
      }
    }
    if (!any) throw CheckFailed{where + ": there are " + lengths.name + ", and no column of such a name with a time"};
  }
  return found;
}

bool has_segments(const Batch& batch) { return batch.find("segments") != nullptr; }

std::int64_t require_segments(const Batch& batch, const std::string& where) {
  if (!has_segments(batch)) return 0;
  const Column &segments = batch["segments"], &positions = batch["positions"];
  if (segments.shape.rank() != 2 || !(segments.shape == positions.shape)) {
    throw CheckFailed{fmt::format("{}: segments are {} and positions {}, and both should be [B,T]", where,
                                  segments.shape.str(), positions.shape.str())};
  }
  const std::int64_t time = segments.shape[1];
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < batch.size * time; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int32_t segment = segments.ids[at], before = i % time == 0 ? -1 : segments.ids[at - 1];
    const bool begins = segment == before + 1;
    const std::int32_t expected = begins ? 0 : positions.ids[at - 1] + 1;
    found += begins ? 1 : 0;
    if ((begins || segment == before) && positions.ids[at] == expected) continue;
    throw CheckFailed{fmt::format("{}, row {}, time {}: segment {} at position {}, after segment {}", where, i / time,
                                  i % time, segment, positions.ids[at], before)};
  }
  return found;
}

int require_sizes(const Batch& batch, const Sizes& sizes, const std::vector<std::string>& unknown,
                  const std::string& where) {
  int compared = 0;
  for (const Sizes::Size& size : sizes.all()) {
    if (std::find(unknown.begin(), unknown.end(), size.name) != unknown.end()) continue;
    for (const Column& column : batch.columns) {
      if (!belongs(column.name, size.name)) continue;
      const std::string text = fmt::format("{}: the size \"{}\" is {}", where, size.name, size.extents.str());
      if (!column.ids.empty() && size.extents.rank() == 1) {
        const std::int32_t most = *std::max_element(column.ids.begin(), column.ids.end());
        if (most >= size.extents[0]) throw CheckFailed{fmt::format("{}, and {} has id {}", text, column.name, most)};
        ++compared;
      } else if (!column.numbers.empty()) {
        bool same = size.extents.rank() + 1 == column.shape.rank();
        for (int axis = 0; same && axis < size.extents.rank(); ++axis) {
          same = size.extents[axis] < 0 || size.extents[axis] == column.shape[axis + 1];
        }
        if (!same) throw CheckFailed{text + ", and " + column.name + " is " + column.shape.str()};
        ++compared;
      }
    }
  }
  return compared;
}

std::size_t sum_of(const Batch& batch) {
  std::size_t sum = 0;
  const auto bytes = [&](const void* data, std::size_t size) {
    sum = sum * 1000003 + std::hash<std::string_view>()({static_cast<const char*>(data), size});
  };
  const auto number = [&](std::int64_t value) { bytes(&value, sizeof(value)); };
  for (const std::int64_t value : {batch.size, batch.tokens, batch.epoch, batch.position}) number(value);
  number((batch.first ? 2 : 0) + (batch.last ? 1 : 0));
  bytes(batch.indices.data(), batch.indices.size() * sizeof(std::int64_t));
  for (const Column& column : batch.columns) {
    bytes(column.name.data(), column.name.size());
    for (const std::int64_t extent : column.shape) number(extent);
    bytes(column.ids.data(), column.ids.size() * sizeof(std::int32_t));
    bytes(column.numbers.data(), column.numbers.size() * sizeof(float));
  }
  return sum;
}

void require_same_row(const Column& a, std::int64_t a_row, const Column& b, std::int64_t b_row,
                      const std::string& where) {
  const auto row_size = [](const Column& one) { return one.shape.numel() / one.shape[0]; };
  const std::int64_t a_size = row_size(a), b_size = row_size(b), count = std::min(a_size, b_size);
  const auto same = [&](const auto& x, const auto& y) {
    return std::equal(x.begin() + a_row * a_size, x.begin() + a_row * a_size + count, y.begin() + b_row * b_size);
  };
  if (a.ids.empty() ? same(a.numbers, b.numbers) : same(a.ids, b.ids)) return;
  throw CheckFailed{where + ": column " + a.name + " has other values than in the batch of the data"};
}

}  // namespace strata::detail

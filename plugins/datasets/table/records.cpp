// Records of three formats.
#include "records.hpp"

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace table {
namespace {

using strata::Config;
using strata::Error;

Format format_of(std::string path) {
  if (path.ends_with(".gz")) path.resize(path.size() - 3);
  if (path.ends_with(".csv")) return Format::csv;
  if (path.ends_with(".tsv")) return Format::tsv;
  if (path.ends_with(".jsonl")) return Format::jsonl;
  throw Error("E_DATA_FORMAT", path, "does not end with .csv, .tsv or .jsonl", "data.format says what it is");
}

// A number from 1, or 0 for a name.
std::size_t number_of(const std::string& column) {
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(column.data(), column.data() + column.size(), number);
  return fault == std::errc() && end == column.data() + column.size() ? number : 0;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + strata::printable(name, 60);
  return out;
}

}  // namespace

RecordReader::RecordReader(const std::string& path, Format format, std::vector<std::string> columns)
    : lines_(path), format_(format == Format::by_name ? format_of(path) : format), columns_(std::move(columns)) {
  if (format_ == Format::jsonl) return;
  const bool numbered =
      std::all_of(columns_.begin(), columns_.end(), [](const auto& one) { return number_of(one) > 0; });
  if (numbered) {
    for (const std::string& column : columns_) places_.push_back(number_of(column) - 1);
    return;
  }
  std::vector<std::string> names;
  if (!read_cells(names)) throw Error("E_DATA_EMPTY", path, "has no line with the names of the columns");
  choose(names);
}

void RecordReader::choose(const std::vector<std::string>& names) {
  width_ = names.size();
  for (const std::string& column : columns_) {
    const auto found = std::find(names.begin(), names.end(), column);
    const std::size_t number = number_of(column);
    if (found == names.end() && (number == 0 || number > names.size())) {
      throw Error("E_DATA_FIELD", place_, "has no column '" + strata::printable(column, 60) + "'",
                  "its columns: " + listed(names));
    }
    places_.push_back(found != names.end() ? static_cast<std::size_t>(found - names.begin()) : number - 1);
  }
}

bool RecordReader::next(std::vector<std::string>& values) {
  values.resize(columns_.size());
  if (format_ == Format::jsonl) {
    std::string line;
    if (!lines_.next(line)) return false;
    place_ = lines_.place();
    read_json(line, values);
    return true;
  }
  if (!read_cells(cells_)) return false;
  if (width_ == 0) width_ = cells_.size();
  const std::size_t least = places_.empty() ? 0 : *std::max_element(places_.begin(), places_.end()) + 1;
  if (cells_.size() != width_ || cells_.size() < least) {
    throw Error(
        "E_DATA_COLUMNS", place_,
        "has " + std::to_string(cells_.size()) + " columns, " + std::to_string(std::max(width_, least)) + " are needed",
        format_ == Format::csv ? "a comma or a line end within a cell needs quotes around the cell"
                               : "columns are separated by one tab");
  }
  for (std::size_t i = 0; i < places_.size(); ++i) values[i] = std::move(cells_[places_[i]]);
  return true;
}

bool RecordReader::read_cells(std::vector<std::string>& cells) {
  std::string line;
  if (!lines_.next(line)) return false;
  place_ = lines_.place();
  cells.clear();
  if (format_ == Format::csv) {
    cut_csv(std::move(line), cells);
    return true;
  }
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return true;
}

// RFC 4180: a cell in quotes may hold commas, line ends, and two quotes for one.
void RecordReader::cut_csv(std::string line, std::vector<std::string>& cells) {
  std::string cell;
  bool quoted = false;
  for (std::size_t at = 0;; ++at) {
    if (at == line.size()) {
      if (!quoted) break;
      cell += '\n';
      if (!lines_.next(line)) {
        throw Error("E_DATA_QUOTE", place_, "has a quote that does not end", "two quotes within quotes stand for one");
      }
      at = static_cast<std::size_t>(-1);
      continue;
    }
    const char letter = line[at];
    if (quoted) {
      if (letter != '"') {
        cell += letter;
      } else if (at + 1 < line.size() && line[at + 1] == '"') {
        cell += '"';
        ++at;
      } else {
        quoted = false;
      }
    } else if (letter == '"' && cell.empty()) {
      quoted = true;
    } else if (letter == ',') {
      cells.push_back(std::exchange(cell, {}));
    } else {
      cell += letter;
    }
  }
  cells.push_back(std::move(cell));
}

void RecordReader::read_json(const std::string& line, std::vector<std::string>& values) const {
  Config object;
  try {
    object = strata::parse_json(line, place_);
  } catch (const Error& error) {
    throw Error("E_DATA_JSON", place_, error.message() + " (" + error.place() + ")", "one JSON object a line");
  }
  if (!object.is_object()) throw Error("E_DATA_JSON", place_, "is no object", "one JSON object a line");
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Config* value = object.find(columns_[i]);
    if (value == nullptr) {
      std::vector<std::string> names;
      for (const auto& [name, ignored] : object.members()) names.push_back(name);
      throw Error("E_DATA_FIELD", place_, "has no member '" + strata::printable(columns_[i], 60) + "'",
                  "its members: " + listed(names));
    }
    values[i] = value->is_string() ? value->string() : strata::write_json(*value, 0);
  }
}

}  // namespace table

// Records: rows of a CSV, TSV or JSON lines file, of which named or numbered columns are read.
#pragma once

#include <strata/data/line_reader.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace table {

enum class Format { by_name, csv, tsv, jsonl };

// Reads a file record by record.
class RecordReader {
 public:
  // `columns` are names of the first line (of JSON: members), or numbers from 1, which need no first line with names.
  // `format` by_name goes by the end of the file's name (.csv, .tsv, .jsonl, each also with .gz). Throws
  // E_DATA_MISSING, E_IO_READ, E_DATA_FORMAT for another end, and E_DATA_FIELD, with the names that there are, for an
  // unknown column.
  RecordReader(const std::string& path, Format format, std::vector<std::string> columns);

  // Fills `values`, one for each column, and returns true, or returns false at the end. Throws E_DATA_COLUMNS at
  // file:line, with both counts, for a record with fewer or more columns than the first, E_DATA_QUOTE for a quote that
  // does not end, and E_DATA_JSON and E_DATA_FIELD for a line of JSON that is no object or lacks a column.
  bool next(std::vector<std::string>& values);

  std::string place() const { return place_; }  // file:line at which the last record begins
  std::vector<std::string> warnings() const { return lines_.warnings(); }

 private:
  bool read_cells(std::vector<std::string>& cells);
  void cut_csv(std::string line, std::vector<std::string>& cells);
  void choose(const std::vector<std::string>& names);
  void read_json(const std::string& line, std::vector<std::string>& values) const;

  strata::LineReader lines_;
  Format format_;
  std::vector<std::string> columns_;
  std::vector<std::size_t> places_;  // of the columns in a record
  std::size_t width_ = 0;            // number of columns of the first record
  std::vector<std::string> cells_;
  std::string place_;
};

}  // namespace table

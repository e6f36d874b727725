// RecordDataset: what TSV and JSONL share. A record is a line that names source, target and perhaps its split.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/split_files.hpp"
#include "strata/data/dataset.hpp"

namespace strata {

struct Record {
  std::string source, target, split;
};

// Takes a line apart; throws E_DATA_* with `place`, which is the line's file:line.
class RecordFormat {
 public:
  virtual ~RecordFormat();
  virtual void parse(const std::string& line, const std::string& place, Record& record) const = 0;
};

struct RecordOptions : SplitOptions {
  std::string file;

  void visit(auto& option) {
    option("file", file, "file with all splits; each record in it names its split");
    SplitOptions::visit(option);
  }
};

class RecordDataset : public Dataset {
 public:
  // `by_field`: records say which split they are of, and `file` holds them all. Throws E_DATA_SPLIT when the options
  // contradict that.
  RecordDataset(const RecordOptions& options, std::string name, std::shared_ptr<const RecordFormat> format,
                bool by_field);

  std::vector<std::string> splits() const override;
  std::unique_ptr<ExampleReader> open(std::string_view split) const override;

 private:
  std::string name_;
  std::shared_ptr<const RecordFormat> format_;
  std::unique_ptr<SplitFiles> files_;  // null when all splits are in file_
  std::string file_;
};

}  // namespace strata

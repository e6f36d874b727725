// Dataset "tsv": tab-separated columns, no header, no quoting.
#include "data/builtin.hpp"
#include "data/record_dataset.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct Columns {  // numbered from 1
  std::int64_t source = 1, target = 2, split = 0;
};

class TsvFormat final : public RecordFormat {
 public:
  explicit TsvFormat(const Columns& columns) : columns_(columns) {}

  void parse(const std::string& line, const std::string& place, Record& record) const override {
    record = {};
    std::int64_t column = 1;
    for (std::size_t begin = 0; begin <= line.size(); ++column) {
      const std::size_t end = std::min(line.find('\t', begin), line.size());
      if (column == columns_.source) record.source = line.substr(begin, end - begin);
      if (column == columns_.target) record.target = line.substr(begin, end - begin);
      if (column == columns_.split) record.split = line.substr(begin, end - begin);
      begin = end + 1;
    }
    const std::int64_t needed = std::max({columns_.source, columns_.target, columns_.split});
    if (column - 1 < needed) {
      throw Error("E_DATA_COLUMNS", place,
                  "has " + std::to_string(column - 1) + " columns, column " + std::to_string(needed) + " is needed",
                  "columns are separated by one tab and numbered from 1");
    }
  }

 private:
  Columns columns_;
};

class TsvDataset final : public RecordDataset {
 public:
  struct Options : RecordOptions {
    Columns columns;
    void visit(auto& option) {
      option("source_column", columns.source, "number of the column with the source text, from 1").range(1, 65536);
      option("target_column", columns.target, "number of the column with the target text, from 1").range(1, 65536);
      option("split_column", columns.split,
             "number of the column with the name of the split (0: each split has its own file)")
          .range(0, 65536);
      RecordOptions::visit(option);
    }
  };

  explicit TsvDataset(const Options& options)
      : RecordDataset(options, "tsv", std::make_shared<TsvFormat>(options.columns), options.columns.split > 0) {}
};

}  // namespace

void register_tsv_dataset(Registry& registry) {
  registry.add<Dataset, TsvDataset>("tsv", "tab-separated columns, one pair per line; a column may name the split");
}

}  // namespace strata

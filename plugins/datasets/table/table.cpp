// Dataset "table": texts with labels, as people have them: CSV, TSV or JSON lines, columns by name or number.
#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/data/dataset.hpp>
#include <strata/plugin.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "records.hpp"
#include "selection.hpp"

namespace table {
namespace {

using namespace strata;

struct Settings : SelectionOptions {
  std::string text = "text", label = "label", split, file, train, valid, test;
  std::vector<std::string> splits;
  Format format = Format::by_name;

  void visit(auto& option) {
    option("text", text, "name or number (from 1) of the column with the text");
    option("label", label, "name or number of the column with the label (empty: there is none)");
    option("split", split, "name or number of the column of `file` with the name of the split");
    option("file", file, "file with all splits; a column names the split of each record");
    option("train", train, "path of the training split; $NAME in it is replaced by the environment variable NAME");
    option("valid", valid, "path of the validation split");
    option("test", test, "path of the test split");
    option(
        "splits", splits,
        "names of splits that differ in `file`, each as NAME=VALUE of the column; or paths of further splits, each as "
        "NAME=PATH");
    option("format", format, "format of the files (by_name: by the end of their names)",
           {{"by_name", Format::by_name}, {"csv", Format::csv}, {"tsv", Format::tsv}, {"jsonl", Format::jsonl}});
    SelectionOptions::visit(option);
  }
};

// The place of a split's records: a file and, when the file has all splits, the name of this one in it.
struct Part {
  std::string path, value;
  bool is_valid_part = false, is_train = false;
};

class TableReader final : public ExampleReader {
 public:
  TableReader(const Settings& settings, Part part) : settings_(settings), part_(std::move(part)), records_(open()) {
    if (part_.is_train && settings_.limit > 0) choose();
  }

  bool next(Example& example) override {
    for (std::int64_t number = 0; take(records_, number, true);) {
      if (chosen_ && !std::binary_search(chosen_->begin(), chosen_->end(), number)) continue;
      std::vector<std::string> texts{std::move(values_[0])};
      if (!settings_.label.empty()) texts.push_back(std::move(values_[1]));
      set_texts(example, std::move(texts), index_++);
      return true;
    }
    return false;
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> out = records_.warnings();
    if (empty_ > 0) out.push_back(part_.path + ": " + std::to_string(empty_) + " records without a text left out");
    return out;
  }

 private:
  RecordReader open() const {
    std::vector<std::string> columns{settings_.text};
    if (!settings_.label.empty()) columns.push_back(settings_.label);
    if (!part_.value.empty()) columns.push_back(settings_.split);
    return {part_.path, settings_.format, columns};
  }

  // Reads up to the next record of the split, whose number in the file is given.
  bool take(RecordReader& records, std::int64_t& number, bool count) {
    std::int64_t& at = count ? number_ : first_number_;
    while (records.next(values_)) {
      number = at++;
      if (!part_.value.empty() && values_.back() != part_.value) continue;
      const bool parted = part_.is_train || part_.is_valid_part;
      if (parted && settings_.valid_share > 0 && is_valid_part(settings_, number) != part_.is_valid_part) continue;
      const bool blank = values_[0].find_first_not_of(" \t\n\r") == std::string::npos;
      if (!blank) return true;
      if (count) ++empty_;
    }
    return false;
  }

  // A first pass over the file.
  void choose() {
    RecordReader records = open();
    std::vector<std::pair<std::int64_t, std::string>> all;
    for (std::int64_t number = 0; take(records, number, false);) {
      all.emplace_back(number, settings_.label.empty() ? "" : values_[1]);
    }
    chosen_ = limited(settings_, all);
  }

  Settings settings_;
  Part part_;
  RecordReader records_;
  std::vector<std::string> values_;
  std::optional<std::vector<std::int64_t>> chosen_;
  std::int64_t number_ = 0, first_number_ = 0, index_ = 0, empty_ = 0;
};

class Table final : public Dataset {
 public:
  using Options = Settings;

  explicit Table(const Options& options) : options_(options) {
    const bool separate = !options.train.empty() || !options.valid.empty() || !options.test.empty();
    if (separate == !options.file.empty()) {
      throw Error("E_DATA_SPLIT", "[table]",
                  separate ? "file and train, valid or test contradict each other" : "names no file",
                  "either file with split, or a file for each split (train, valid, test)");
    }
    if (!options.file.empty() && options.split.empty()) {
      throw Error("E_CONFIG_MISSING", "[table] split", "is missing", "the column of `file` that names the splits");
    }
    std::map<std::string, std::string> named;
    for (const std::string& one : options.splits) {
      const std::size_t equals = one.find('=');
      if (equals == 0 || equals == std::string::npos) {
        throw Error("E_DATA_SPLIT", "[table] splits", "'" + printable(one, 60) + "' is not NAME=VALUE");
      }
      named[one.substr(0, equals)] = one.substr(equals + 1);
    }
    const auto add = [&](const std::string& name, const std::string& path) {
      const auto other = named.find(name);
      if (separate) {
        const std::string from = other != named.end() ? other->second : path;
        if (!from.empty())
          parts_.emplace_back(name, Part{expand_environment(from, "[table] " + name), "", false, false});
      } else {
        parts_.emplace_back(name, Part{expand_environment(options.file, "[table] file"),
                                       other != named.end() ? other->second : name, false, false});
      }
      if (other != named.end()) named.erase(other);
    };
    add("train", options.train);
    if (!parts_.empty()) parts_.back().second.is_train = true;
    if (options.valid_share > 0 && !parts_.empty()) {
      Part part = parts_.front().second;
      part.is_train = false;
      part.is_valid_part = true;
      parts_.emplace_back("valid", part);
    } else {
      add("valid", options.valid);
    }
    add("test", options.test);
    while (!named.empty()) add(std::string(named.begin()->first), "");
  }

  std::vector<FieldInfo> fields() const override {
    std::vector<FieldInfo> fields{{"text"}};
    if (!options_.label.empty()) fields.push_back({"label"});
    return fields;
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names;
    for (const auto& [name, part] : parts_) names.push_back(name);
    return names;
  }

  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    std::string known;
    for (const auto& [name, part] : parts_) {
      if (name == split) return std::make_unique<TableReader>(options_, part);
      known += (known.empty() ? "" : ", ") + name;
    }
    throw Error("E_DATA_SPLIT", "[table]", "has no split '" + printable(split, 60) + "'", "its splits: " + known);
  }

 private:
  Options options_;
  std::vector<std::pair<std::string, Part>> parts_;
};

}  // namespace
}  // namespace table

STRATA_PLUGIN("table-dataset", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Dataset, table::Table>("table", "texts with labels: CSV, TSV or JSON lines, columns by name or number");
});

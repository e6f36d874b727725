// RecordDataset: reading records of one split.
#include "data/record_dataset.hpp"

#include <algorithm>
#include <filesystem>

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"
#include "strata/data/line_reader.hpp"

namespace strata {
namespace {

constexpr std::size_t kMaxSplits = 64;  // more than that, and the split field is no split field

class RecordReader final : public ExampleReader {
 public:
  // With an empty `split` all records count.
  RecordReader(const std::string& path, std::shared_ptr<const RecordFormat> format, std::string split)
      : lines_(path), format_(std::move(format)), split_(std::move(split)) {}

  bool next(Example& pair) override {
    pair.fields.resize(2);
    while (lines_.next(line_)) {
      format_->parse(line_, lines_.place(), record_);
      if (!split_.empty() && record_.split != split_) continue;
      pair.fields[0].text = one_line(std::move(record_.source));
      pair.fields[1].text = one_line(std::move(record_.target));
      pair.index = index_++;
      return true;
    }
    return false;
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> lines = lines_.warnings();
    if (broken_ > 0)
      lines.push_back(std::to_string(broken_) + " texts with line breaks inside: made one line with spaces");
    return lines;
  }

 private:
  std::string one_line(std::string text) {
    const auto is_break = [](char c) { return c == '\n' || c == '\r'; };
    if (std::any_of(text.begin(), text.end(), is_break)) {
      std::replace_if(text.begin(), text.end(), is_break, ' ');
      ++broken_;
    }
    return text;
  }

  LineReader lines_;
  std::shared_ptr<const RecordFormat> format_;
  std::string split_, line_;
  Record record_;
  std::int64_t index_ = 0, broken_ = 0;
};

}  // namespace

RecordFormat::~RecordFormat() = default;

RecordDataset::RecordDataset(const RecordOptions& options, std::string name, std::shared_ptr<const RecordFormat> format,
                             bool by_field)
    : name_(std::move(name)), format_(std::move(format)) {
  const bool separate =
      !options.train.empty() || !options.valid.empty() || !options.test.empty() || !options.splits.empty();
  if (by_field == options.file.empty() || by_field == separate) {
    throw Error("E_DATA_SPLIT", "[" + name_ + "]", "options contradict each other",
                "either file with the split field's name, or a file a split (train, valid, test, splits)");
  }
  if (by_field) {
    file_ = expand_environment(options.file, "[" + name_ + "] file");
  } else {
    files_ = std::make_unique<SplitFiles>(options, name_);
  }
}

std::vector<std::string> RecordDataset::splits() const {
  if (files_) return files_->names();
  std::vector<std::string> names;
  LineReader lines(file_);
  Record record;
  for (std::string line; lines.next(line);) {
    format_->parse(line, lines.place(), record);
    if (std::find(names.begin(), names.end(), record.split) != names.end()) continue;
    if (names.size() == kMaxSplits) {
      throw Error("E_DATA_SPLIT", lines.place(),
                  "'" + printable(record.split, 60) + "' would be split number " + std::to_string(kMaxSplits + 1),
                  "is the split field the right one?");
    }
    names.push_back(record.split);
  }
  return names;
}

std::unique_ptr<ExampleReader> RecordDataset::open(std::string_view split) const {
  if (files_) {
    const auto exists = [](const std::string& path) { return std::filesystem::exists(path); };
    return std::make_unique<RecordReader>(files_->path(split, exists, /*keep_extension=*/true), format_, "");
  }
  const std::vector<std::string> names = splits();
  if (split.empty() || std::find(names.begin(), names.end(), split) == names.end()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw Error("E_DATA_SPLIT", file_, "has no record of split '" + printable(split, 60) + "'", "known: " + known);
  }
  return std::make_unique<RecordReader>(file_, format_, std::string(split));
}

}  // namespace strata

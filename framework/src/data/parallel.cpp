// Dataset "parallel": two files a split, line i of one translates line i of the other.
#include <filesystem>

#include "data/builtin.hpp"
#include "data/split_files.hpp"
#include "strata/core/error.hpp"
#include "strata/data/dataset.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

[[noreturn]] void unequal(const std::string& source, std::int64_t source_lines, const std::string& target,
                          std::int64_t target_lines) {
  throw Error("E_DATA_UNEQUAL", source,
              "has " + std::to_string(source_lines) + " lines, " + target + " has " + std::to_string(target_lines),
              "line i of one file translates line i of the other");
}

class ParallelReader final : public ExampleReader {
 public:
  ParallelReader(std::string source, std::string target)
      : source_path_(std::move(source)), target_path_(std::move(target)), source_(source_path_), target_(target_path_) {
    // Pipes can be read only once: there the end of reading tells.
    if (!std::filesystem::is_regular_file(source_path_) || !std::filesystem::is_regular_file(target_path_)) return;
    const std::int64_t source_lines = count_lines(source_path_), target_lines = count_lines(target_path_);
    if (source_lines != target_lines) unequal(source_path_, source_lines, target_path_, target_lines);
  }

  bool next(Example& pair) override {
    pair.fields.resize(2);
    const bool source = source_.next(pair.fields[0].text), target = target_.next(pair.fields[1].text);
    if (source != target) {
      std::string rest;
      while (source_.next(rest)) {
      }
      while (target_.next(rest)) {
      }
      unequal(source_path_, source_.line(), target_path_, target_.line());
    }
    pair.index = source_.line() - 1;
    return source;
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> lines = source_.warnings();
    for (std::string& line : target_.warnings()) lines.push_back(std::move(line));
    return lines;
  }

 private:
  std::string source_path_, target_path_;
  LineReader source_, target_;
};

class ParallelDataset final : public Dataset {
 public:
  struct Options : SplitOptions {
    std::string source = "source", target = "target";
    void visit(auto& option) {
      option("source", source, "file extension of the source language: PATH.SOURCE");
      option("target", target, "file extension of the target language: PATH.TARGET");
      SplitOptions::visit(option);
    }
  };

  explicit ParallelDataset(const Options& options)
      : files_(options, "parallel"), source_(options.source), target_(options.target) {}

  std::vector<std::string> splits() const override { return files_.names(); }

  // A split is a prefix (train -> train.en, train.de) or two paths with a comma between them.
  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    const auto exists = [&](const std::string& prefix) { return std::filesystem::exists(prefix + "." + source_); };
    const std::string path = files_.path(split, exists, /*keep_extension=*/false);
    if (const std::size_t comma = path.find(','); comma != std::string::npos) {
      return std::make_unique<ParallelReader>(path.substr(0, comma), path.substr(comma + 1));
    }
    return std::make_unique<ParallelReader>(path + "." + source_, path + "." + target_);
  }

 private:
  SplitFiles files_;
  std::string source_, target_;
};

}  // namespace

void register_parallel_dataset(Registry& registry) {
  registry.add<Dataset, ParallelDataset>(
      "parallel",
      "two text files for each split, PATH.SOURCE and PATH.TARGET or FILE,FILE, with one sentence per line");
}

}  // namespace strata

// Dataset "text": plain text, as documents. A long document comes in pieces, so that memory stays bounded.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>

#include "data/builtin.hpp"
#include "data/split_files.hpp"
#include "strata/core/error.hpp"
#include "strata/data/dataset.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

enum class Document { file, line, paragraph };

struct TextOptions : SplitOptions {
  std::string file;
  double valid_share = 0.1, test_share = 0;
  Document document = Document::file;

  void visit(auto& option) {
    option("file", file, "path of one text that is cut into the splits train, valid and test, in this order");
    option("valid_share", valid_share, "share of the lines of `file` for the split valid").min(0).below(1);
    option("test_share", test_share, "share of the lines of `file` for the split test").min(0).below(1);
    option("document", document, "unit that is a document: the whole file, a line, or the lines between empty ones",
           {{"file", Document::file}, {"line", Document::line}, {"paragraph", Document::paragraph}});
    SplitOptions::visit(option);
  }
};

// Lines [first, last) of a file.
struct Part {
  std::string path;
  std::int64_t first = 0, last = -1;  // last -1: all lines
};

class TextReader final : public ExampleReader {
 public:
  TextReader(const Part& part, Document document) : part_(part), document_(document), lines_(part.path) {}

  bool next(Example& example) override {
    example.fields.resize(1);
    std::string& text = example.fields[0].text;
    text.clear();
    bool begun = continues_;
    while (text.size() < kPiece && take()) {
      const bool blank = line_.find_first_not_of(" \t") == std::string::npos;
      if (document_ == Document::paragraph && blank) {
        if (text.empty() && !begun) continue;
        continues_ = false;
        return text.empty() ? next(example) : give(example, begun);
      }
      if (document_ == Document::line && blank) continue;
      text += line_;
      if (document_ == Document::line) return give(example, false);
      text += '\n';
    }
    if (text.empty()) return false;
    continues_ = true;
    return give(example, begun);
  }

  std::vector<std::string> warnings() const override { return lines_.warnings(); }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16U;

  bool take() {
    while (part_.last < 0 || lines_.line() < part_.last) {
      if (!lines_.next(line_)) return false;
      if (lines_.line() > part_.first) return true;
    }
    return false;
  }
  bool give(Example& example, bool continues) {
    example.index = index_++;
    example.continues = continues;
    return true;
  }

  Part part_;
  Document document_;
  LineReader lines_;
  std::string line_;
  std::int64_t index_ = 0;
  bool continues_ = false;
};

class TextDataset final : public Dataset {
 public:
  using Options = TextOptions;

  explicit TextDataset(const Options& options) : options_(options) {
    const bool separate =
        !options.train.empty() || !options.valid.empty() || !options.test.empty() || !options.splits.empty();
    if (separate == !options.file.empty()) {
      throw Error("E_DATA_SPLIT", "[text]", "options contradict each other",
                  "either file, or a file for each split (train, valid, test, splits)");
    }
    if (options.valid_share + options.test_share >= 1) {
      throw Error("E_CONFIG_RANGE", "[text] test_share",
                  "valid_share and test_share are " + std::to_string(options.valid_share + options.test_share) +
                      " together, which leaves nothing for training");
    }
    if (separate) {
      files_ = std::make_unique<SplitFiles>(options, "text");
    } else {
      file_ = expand_environment(options.file, "[text] file");
    }
  }

  std::vector<FieldInfo> fields() const override {
    FieldInfo field{"text"};
    field.one_line = options_.document == Document::line;
    return {field};
  }

  std::vector<std::string> splits() const override {
    if (files_ != nullptr) return files_->names();
    std::vector<std::string> names{"train"};
    if (options_.valid_share > 0) names.emplace_back("valid");
    if (options_.test_share > 0) names.emplace_back("test");
    return names;
  }

  std::string stamp(std::string_view split) const override {
    struct stat status {};
    const std::string path = files_ != nullptr ? path_of(split) : file_;
    if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    std::string text = std::filesystem::absolute(path).string();
    for (const std::int64_t value :
         {static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec), static_cast<std::int64_t>(options_.document)}) {
      text += "|" + std::to_string(value);
    }
    if (files_ != nullptr) return text;
    return text + "|" + std::string(split) + "|" + std::to_string(options_.valid_share) + "|" +
           std::to_string(options_.test_share);
  }

  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    return std::make_unique<TextReader>(part_of(split), options_.document);
  }

 private:
  std::string path_of(std::string_view split) const {
    const auto exists = [](const std::string& path) { return std::filesystem::exists(path); };
    return files_->path(split, exists, /*keep_extension=*/true);
  }

  Part part_of(std::string_view split) const {
    if (files_ != nullptr) return {path_of(split)};
    const std::vector<std::string> names = splits();
    if (std::find(names.begin(), names.end(), split) == names.end()) {
      std::string known;
      for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
      throw Error("E_DATA_SPLIT", "[text] split " + printable(split, 60), "there is no such split", "known: " + known);
    }
    std::call_once(counted_, [&] { lines_ = count_lines(file_); });
    const std::int64_t lines = lines_;
    const auto share = [&](double part) { return std::llround(static_cast<double>(lines) * part); };
    const std::int64_t test = lines - share(options_.test_share), valid = test - share(options_.valid_share);
    if (split == "train") return {file_, 0, valid};
    if (split == "valid") return {file_, valid, test};
    return {file_, test, lines};
  }

  TextOptions options_;
  std::unique_ptr<SplitFiles> files_;  // null when all splits are parts of file_
  std::string file_;
  mutable std::once_flag counted_;
  mutable std::int64_t lines_ = 0;  // of file_, counted when a split is first opened
};

}  // namespace

void register_text_dataset(Registry& registry) {
  registry.add<Dataset, TextDataset>("text",
                                     "plain text files, of which the whole file, a line or a paragraph is a document");
}

}  // namespace strata

// Tokenizer "labels": the whole text is one token, the name of a class.
#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>

#include <set>

#include "order.hpp"

namespace {
using namespace strata;

constexpr const char* kPlace = "[labels]";

// What is wrong with the name of a label, or an empty view.
std::string_view fault_of(std::string_view name) {
  if (name.find_first_not_of(" \t\r\n") == std::string_view::npos) return "is blank";
  if (name.find_first_of("\r\n") != std::string_view::npos) return "holds a line end; a label is one line";
  return utf8_fault(name) == std::string_view::npos ? "" : "is not valid UTF-8";
}

class LabelsTokenizer final : public Tokenizer {
 public:
  struct Options {
    void visit(auto&) {}
  };

  explicit LabelsTokenizer(const Options&) {}

  bool joint() const override { return false; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    std::set<std::string, std::less<>> names;
    std::int64_t number = 0;
    for (std::string name; lines(name);) {
      ++number;
      if (names.contains(name)) continue;
      if (const std::string_view fault = fault_of(name); !fault.empty()) {
        throw Error(
            "E_DATA_LABEL", kPlace,
            "label number " + std::to_string(number) + ", '" + printable(name, 60) + "', " + std::string(fault));
      }
      names.insert(name);
    }
    if (names.empty()) throw Error("E_TOKENIZER_EMPTY", kPlace, "there is no label in the training text");
    std::vector<std::string> sorted(names.begin(), names.end());
    labels::sort(sorted);
    Vocabulary vocabulary = Vocabulary::empty();
    for (const std::string& name : sorted) vocabulary.add(name);
    vocabulary_ = std::move(vocabulary);
  }

  // One id. Throws E_DATA_LABEL for a text that is none of the labels.
  std::vector<std::int32_t> encode(std::string_view text) const override {
    const std::int32_t id = vocabulary_.find(text);
    if (id >= 0) return {id};
    const std::string_view fault = fault_of(text);
    throw Error("E_DATA_LABEL", kPlace,
                "label '" + printable(text, 60) + "' " + std::string(fault.empty() ? "is not known" : fault),
                labels::hint(text, names()));
  }

  // The name of the label; of several labels, one name a line, as no name holds a line end.
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (!text.empty()) text += '\n';
      text += vocabulary_.token(id);
    }
    return text;
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return vocabulary_.save(folder + "/" + prefix + "vocab.txt");
  }

  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + "vocab.txt";
    Vocabulary vocabulary = Vocabulary::load(path);
    if (vocabulary.specials() != Specials()) {
      throw Error("E_TOKENIZER_VOCABULARY", path, "has special tokens; labels have none",
                  "the file is of another tokenizer, or vocab.specials.json is missing beside it");
    }
    if (vocabulary.size() == 0) throw Error("E_TOKENIZER_VOCABULARY", path, "has no label");
    for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
      const std::string_view fault = fault_of(vocabulary.token(id));
      if (fault.empty()) continue;
      throw Error("E_TOKENIZER_VOCABULARY", path + ":" + std::to_string(id + 1),
                  "label '" + printable(vocabulary.token(id), 60) + "' " + std::string(fault));
    }
    vocabulary_ = std::move(vocabulary);
  }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::int32_t id = 0; id < vocabulary_.size(); ++id) all.push_back(vocabulary_.token(id));
    return all;
  }

  Vocabulary vocabulary_ = Vocabulary::empty();
};

}  // namespace

STRATA_PLUGIN("labels-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, LabelsTokenizer>("labels", "names of classes; the whole text is one token");
});

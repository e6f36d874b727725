// Tokenizer "sentencepiece": subword units of raw text by a unigram model (Kudo, 2018, "Subword Regularization") or by
// byte pair encoding, learned and applied by the SentencePiece library (Kudo and Richardson, 2018).
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/characters.hpp>
#include <strata/text/tokenizer.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

namespace {
using namespace strata;

constexpr std::size_t kMaxModel = std::size_t{1} << 28U;  // bytes of a model file
constexpr std::size_t kMaxLine = 1U << 16U;               // bytes of a line that is learnt from

enum class Kind { unigram, bpe };
// Whose numbers units have: those of Strata, the four special tokens first, or those of the model file.
enum class Numbers { standard, model };

// True when there is something to learn from a line: the library ends the process when it is given white space alone.
bool has_text(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    const Character one = character_at(line, at);
    if (one.kind != CharacterKind::space) return true;
    at += one.bytes.size();
  }
  return false;
}

// Lines of a corpus as the library asks for them; those that it would stumble over are left out.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const LineSource& source) : source_(source) { Lines::Next(); }
  bool done() const override { return done_; }
  void Next() override {
    while (!(done_ = !source_(line_))) {
      if (has_text(line_) && line_.size() <= kMaxLine && utf8_fault(line_) == std::string_view::npos) break;
    }
    any_ = any_ || !done_;
  }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }
  bool any() const { return any_; }

 private:
  const LineSource& source_;
  std::string line_;
  bool done_ = false, any_ = false;
};

class SentencePieceTokenizer final : public Tokenizer {
 public:
  struct Options {
    Kind model = Kind::unigram;
    std::int64_t vocabulary = 8000;
    double character_coverage = 0.9995;
    Numbers ids = Numbers::standard;
    bool joint = true;
    std::string file;
    void visit(auto& option) {
      option("model", model, "method of learning the units: unigram or bpe",
             {{"unigram", Kind::unigram}, {"bpe", Kind::bpe}});
      option("vocabulary", vocabulary,
             "number of units to learn, special tokens included (fewer when the text has fewer)")
          .range(8, 1 << 20);
      option("character_coverage", character_coverage,
             "fraction of the characters in the text that become units of their own")
          .range(0.9, 1);
      option("joint", joint, "switch for one vocabulary for source and target");
      option("file", file, "model file of SentencePiece, which replaces learning, or folder with tokenizer.model");
      option("ids", ids,
             "numbers of the units: standard, behind <pad>, <s>, </s> and <unk>, or model, those of the file, as "
             "models of the field need them",
             {{"standard", Numbers::standard}, {"model", Numbers::model}});
    }
  };

  explicit SentencePieceTokenizer(const Options& options) : options_(options) {}

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    if (!options_.file.empty()) {
      std::string path = expand_environment(options_.file, "[sentencepiece] file");
      if (std::filesystem::is_directory(path)) path += "/tokenizer.model";
      return use(read_file(path, kMaxModel), path);
    }
    Lines text(lines);
    if (!text.any()) throw Error("E_TOKENIZER_EMPTY", "[sentencepiece]", "there is no token in the training text");
    std::string model;
    const Specials specials = Specials::standard();
    const auto status = sentencepiece::SentencePieceTrainer::Train(
        {{"model_type", options_.model == Kind::bpe ? "bpe" : "unigram"},
         {"vocab_size", std::to_string(options_.vocabulary)},
         {"character_coverage", std::to_string(options_.character_coverage)},
         {"hard_vocab_limit", "false"},
         {"num_threads", "1"},  // sums in one order, so that the same text gives the same model
         {"pad_id", std::to_string(specials.pad)},
         {"bos_id", std::to_string(specials.start)},
         {"eos_id", std::to_string(specials.end())},
         {"unk_id", std::to_string(specials.unknown)},
         {"minloglevel", "2"}},
        &text, &model);
    if (!status.ok()) throw Error("E_TOKENIZER_TRAIN", "[sentencepiece]", status.message());
    use(std::move(model), "[sentencepiece]");
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    std::vector<int> units;
    // The library refuses text that is no UTF-8 as a whole: what is well-formed is cut, a bad byte is unknown.
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t fault = utf8_fault(text.substr(begin));
      const std::string_view part = text.substr(begin, fault);
      if (!part.empty()) {
        const auto status = processor_.Encode({part.data(), part.size()}, &units);
        if (!status.ok()) throw Error("E_TOKENIZER_TEXT", "[sentencepiece]", status.message());
        for (const int unit : units) ids.push_back(to_own_[static_cast<std::size_t>(unit)]);
      }
      begin += part.size();
      if (begin >= text.size()) break;
      ids.push_back(of_byte(static_cast<unsigned char>(text[begin])));
      ++begin;
    }
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::vector<std::string> units;
    for (const std::int32_t id : ids) {
      if (vocabulary_.specials().is_end(id)) break;
      const std::string& token = vocabulary_.token(id);
      if (vocabulary_.is_text(id)) units.push_back(token);
    }
    std::string text;
    const auto status = processor_.Decode(units, &text);
    if (!status.ok()) throw Error("E_TOKENIZER_TEXT", "[sentencepiece]", status.message());
    return text;
  }

  // A piece that begins a word has the mark of a space in front.
  bool joins(std::int32_t, std::int32_t right) const override {
    return !vocabulary_.is_special(right) && !vocabulary_.token(right).starts_with("\xE2\x96\x81");
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    const std::string name = prefix + file_name();
    write_file(folder + "/" + name, model_);
    return {name};
  }
  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + file_name();
    use(read_file(path, kMaxModel), path);
  }

 private:
  void use(std::string model, const std::string& place) {
    const auto status = processor_.LoadFromSerializedProto(model);
    if (!status.ok()) {
      throw Error("E_TOKENIZER_MODEL", place, "is no SentencePiece model: " + std::string(status.message()),
                  "tokenizer.file names the .model file that spm_train writes");
    }
    if (options_.ids == Numbers::model)
      number_as_the_model(place);
    else
      number_by_standard(place);
    model_ = std::move(model);
  }

  // The library's numbers and ours: the four specials first, then its units in its own order. Its other control pieces,
  // which it makes of no text, are special tokens by their names.
  void number_by_standard(const std::string& place) {
    Vocabulary vocabulary;
    Specials specials = vocabulary.specials();
    std::vector<std::int32_t> to_own;
    for (int unit = 0; unit < processor_.GetPieceSize(); ++unit) {
      const std::string& piece = processor_.IdToPiece(unit);
      std::int32_t own = vocabulary.find(piece);
      if (processor_.IsUnknown(unit)) own = specials.unknown;
      if (own < 0) {
        own = add(vocabulary, piece, unit, place);
        if (processor_.IsControl(unit)) specials.control.emplace(piece, own);
      }
      to_own.push_back(own);
    }
    use(std::move(vocabulary), std::move(specials), std::move(to_own));
  }
  void number_as_the_model(const std::string& place) {
    Vocabulary vocabulary = Vocabulary::empty();
    Specials specials;
    std::vector<std::int32_t> to_own;
    specials.start = processor_.bos_id();
    specials.unknown = processor_.unk_id();
    if (processor_.eos_id() >= 0) specials.ends = {processor_.eos_id()};
    specials.pad = processor_.pad_id() >= 0 ? processor_.pad_id() : specials.end();
    const std::vector<std::int32_t> used = specials.ids();
    for (int unit = 0; unit < processor_.GetPieceSize(); ++unit) {
      const std::string& piece = processor_.IdToPiece(unit);
      to_own.push_back(add(vocabulary, piece, unit, place));
      const bool named = std::find(used.begin(), used.end(), unit) != used.end();
      if (processor_.IsControl(unit) && !named) specials.control.emplace(piece, unit);
    }
    use(std::move(vocabulary), std::move(specials), std::move(to_own));
  }
  void use(Vocabulary vocabulary, Specials specials, std::vector<std::int32_t> to_own) {
    vocabulary.set_specials(std::move(specials));
    // A model may declare <s> to be a piece of texts (a user-defined symbol). It is none here.
    for (std::int32_t& own : to_own) own = vocabulary.is_text(own) ? own : vocabulary.specials().unknown;
    vocabulary_ = std::move(vocabulary);
    to_own_ = std::move(to_own);
  }

  // Models of the field look for tokenizer.model.
  const char* file_name() const { return options_.ids == Numbers::model ? "tokenizer.model" : "spiece.model"; }

  // The unit of a byte that is no UTF-8, in a model with byte fallback, else the unknown one.
  std::int32_t of_byte(unsigned char byte) const {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const std::array<char, 6> piece{'<', '0', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU], '>'};
    const int unit = processor_.PieceToId({piece.data(), piece.size()});
    return processor_.IsByte(unit) ? to_own_[static_cast<std::size_t>(unit)] : vocabulary_.specials().unknown;
  }

  // The file decides what its pieces are, controls and line ends included.
  static std::int32_t add(Vocabulary& vocabulary, const std::string& piece, int unit, const std::string& place) {
    try {
      return vocabulary.add(piece);
    } catch (const Error& error) {
      throw Error("E_TOKENIZER_MODEL", place, "piece " + std::to_string(unit) + ": " + error.message(),
                  "the file is damaged, or no tool of SentencePiece wrote it");
    }
  }

  Options options_;
  std::string model_;
  sentencepiece::SentencePieceProcessor processor_;
  Vocabulary vocabulary_;
  std::vector<std::int32_t> to_own_;
};

}  // namespace

STRATA_PLUGIN("sentencepiece-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, SentencePieceTokenizer>(
      "sentencepiece", "subword units of raw text, learnt and applied by the SentencePiece library");
});

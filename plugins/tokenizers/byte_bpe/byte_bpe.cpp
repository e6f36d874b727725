// Tokenizer "byte_bpe": byte pairs over bytes in GPT-2's form (Radford et al., 2019, section 2.2). Every text has ids,
// and its bytes come back.
#include <strata/core/error.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "alphabet.hpp"
#include "files.hpp"
#include "learn.hpp"
#include "merges.hpp"
#include "pieces.hpp"

namespace {
using namespace strata;

constexpr std::size_t kCachedPieces = std::size_t{1} << 17U, kCachedLength = 64;

enum class Kind { gpt2, standard };

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class Value>
using ByPiece = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

// The special tokens, then the bytes in GPT-2's order, then what each merge makes.
Vocabulary vocabulary_of(Kind kind, const std::vector<byte_bpe::Merge>& merges) {
  Vocabulary vocabulary = kind == Kind::standard ? Vocabulary() : Vocabulary::empty();
  if (kind == Kind::gpt2) vocabulary.add("<|endoftext|>");
  for (const unsigned char byte : byte_bpe::ordered_bytes()) {
    vocabulary.add_bytes(std::string(1, static_cast<char>(byte)));
  }
  for (const auto& [left, right] : merges) {
    if (vocabulary.find(left + right) < 0) vocabulary.add_bytes(left + right);
  }
  if (kind == Kind::gpt2) {
    Specials specials;
    specials.pad = specials.start = 0;
    specials.ends = {0};
    vocabulary.set_specials(specials);
  }
  return vocabulary;
}

class ByteBpe final : public Tokenizer {
 public:
  struct Options {
    std::int64_t vocabulary = 8000, min_frequency = 2;
    Kind specials = Kind::gpt2;
    bool joint = true;
    void visit(auto& option) {
      option("vocabulary", vocabulary,
             "number of tokens, special tokens and the 256 bytes included (fewer when the text has fewer pairs)")
          .range(260, 1 << 24);
      option("min_frequency", min_frequency, "smallest number of occurrences of a pair that is merged").range(1, 1e12);
      option("specials", specials,
             "special tokens: gpt2, <|endoftext|> as start, end and padding, or standard, <pad>, <s>, </s>, <unk>, for "
             "models of pairs",
             {{"gpt2", Kind::gpt2}, {"standard", Kind::standard}});
      option("joint", joint, "switch for one vocabulary for source and target");
    }
  };
  explicit ByteBpe(const Options& options) : options_(options) { use({}); }

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    ByPiece<std::int64_t> counts;
    for (std::string line; lines(line);) {
      byte_bpe::for_each_piece(line, [&](std::string_view piece) {
        const auto at = counts.find(piece);
        if (at != counts.end()) {
          ++at->second;
        } else {
          counts.emplace(piece, 1);
        }
      });
    }
    if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[byte_bpe]", "there is no token in the training text");
    byte_bpe::PieceCounts pieces(counts.begin(), counts.end());
    std::sort(pieces.begin(), pieces.end());  // the same text gives the same order of work
    use(byte_bpe::learn(pieces,
                        {options_.vocabulary - vocabulary_of(options_.specials, {}).size(), options_.min_frequency}));
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    byte_bpe::for_each_piece(text, [&](std::string_view piece) {
      if (cached(piece, ids)) return;
      std::vector<std::int32_t> fresh;
      merges_.apply(piece, fresh);
      for (std::int32_t& token : fresh) token = ids_[static_cast<std::size_t>(token)];
      ids.insert(ids.end(), fresh.begin(), fresh.end());
      remember(piece, std::move(fresh));
    });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (vocabulary_.specials().is_end(id)) break;
      const std::string& token = vocabulary_.token(id);
      if (vocabulary_.is_text(id)) text += token;
    }
    return text;
  }
  // A token that begins with a space begins a word.
  bool joins(std::int32_t, std::int32_t right) const override {
    const std::string& token = vocabulary_.token(right);
    return token.front() != ' ' && token.front() != '\n' && token.front() != '\t';
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return byte_bpe::write_files(folder, prefix, vocabulary_, learnt_);
  }
  void load(const std::string& folder, const std::string& prefix) override {
    use(byte_bpe::read_merges(folder + "/" + prefix + "merges.txt"));
    byte_bpe::check_vocabulary(folder + "/" + prefix + "vocab.json", vocabulary_);
  }

 private:
  void use(std::vector<byte_bpe::Merge> merges) {
    learnt_ = std::move(merges);
    vocabulary_ = vocabulary_of(options_.specials, learnt_);
    merges_ = byte_bpe::Merges(learnt_);
    // Merges numbers bytes by their value, the vocabulary in GPT-2's order.
    ids_.clear();
    for (int byte = 0; byte < 256; ++byte) ids_.push_back(vocabulary_.find(std::string(1, static_cast<char>(byte))));
    const std::int32_t first = vocabulary_of(options_.specials, {}).size();
    for (std::int32_t id = first; id < vocabulary_.size(); ++id) ids_.push_back(id);
    const std::lock_guard lock(mutex_);
    cache_.clear();
  }

  bool cached(std::string_view piece, std::vector<std::int32_t>& ids) const {
    if (piece.size() > kCachedLength) return false;
    const std::lock_guard lock(mutex_);
    const auto at = cache_.find(piece);
    if (at == cache_.end()) return false;
    ids.insert(ids.end(), at->second.begin(), at->second.end());
    return true;
  }
  void remember(std::string_view piece, std::vector<std::int32_t> ids) const {
    if (piece.size() > kCachedLength) return;
    const std::lock_guard lock(mutex_);
    if (cache_.size() >= kCachedPieces) cache_.clear();
    cache_.insert_or_assign(std::string(piece), std::move(ids));
  }

  Options options_;
  std::vector<byte_bpe::Merge> learnt_;
  Vocabulary vocabulary_ = Vocabulary::empty();
  byte_bpe::Merges merges_;
  std::vector<std::int32_t> ids_;  // ids in the vocabulary of the tokens of Merges
  mutable std::mutex mutex_;
  mutable ByPiece<std::vector<std::int32_t>> cache_;
};

}  // namespace

STRATA_PLUGIN("byte-bpe-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, ByteBpe>("byte_bpe", "byte pairs over bytes in GPT-2's form; every text comes back exactly");
});

// Tokenizer "bytes": one token per byte, so that every text has ids and every id has its byte (as ByT5 reads text: Xue
// et al., 2022, "ByT5: Towards a Token-Free Future with Pre-trained Byte-to-Byte Models").
#include <strata/core/error.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>

#include <algorithm>

namespace {
using namespace strata;

constexpr std::int32_t kBytes = 256;

// The four standard special tokens, then the bytes in their order. <unk> is there because batches and searches know it;
// no text has it.
Vocabulary all_bytes() {
  Vocabulary vocabulary;
  for (std::int32_t byte = 0; byte < kBytes; ++byte) vocabulary.add_bytes(std::string(1, static_cast<char>(byte)));
  return vocabulary;
}

class BytesTokenizer final : public Tokenizer {
 public:
  struct Options {
    void visit(auto&) {}
  };

  explicit BytesTokenizer(const Options&) : vocabulary_(all_bytes()), first_(vocabulary_.size() - kBytes) {}

  // Both sides have the same tokens.
  bool joint() const override { return true; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  void train(const LineSource&) override {}

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids(text.size());
    std::transform(text.begin(), text.end(), ids.begin(),
                   [&](char c) { return first_ + static_cast<unsigned char>(c); });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override { return vocabulary_.joined(ids); }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return vocabulary_.save(folder + "/" + prefix + "vocab.txt");
  }

  // The file is for people and other programs: what it says is known.
  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + "vocab.txt";
    const Vocabulary read = Vocabulary::load(path);
    for (std::int32_t id = 0; id < std::max(read.size(), vocabulary_.size()); ++id) {
      if (id < read.size() && id < vocabulary_.size() && read.token(id) == vocabulary_.token(id)) continue;
      const std::string found = id < read.size() ? "'" + printable(read.token(id), 60) + "'" : "nothing";
      const std::string wanted = id < vocabulary_.size() ? "'" + printable(vocabulary_.token(id)) + "'" : "nothing";
      throw Error("E_TOKENIZER_VOCABULARY", path + ":" + std::to_string(id + 1),
                  found + " stands where " + wanted + " belongs", "the file is of another tokenizer, or damaged");
    }
    if (read.specials() == vocabulary_.specials()) return;
    throw Error("E_TOKENIZER_VOCABULARY", path, "has other special tokens than <pad>, <s>, </s>, <unk>",
                "the file vocab.specials.json beside it is of another tokenizer");
  }

 private:
  const Vocabulary vocabulary_;
  const std::int32_t first_;  // id of byte 0
};

}  // namespace

STRATA_PLUGIN("bytes-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, BytesTokenizer>("bytes", "bytes of the text; every text is read and written exactly");
});

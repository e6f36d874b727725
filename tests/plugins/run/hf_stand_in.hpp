// A tokenizer "hf" for the golden folders of tests/golden/weights, where no plugin has one: each byte is a token.
#pragma once

#include "plugins/load.hpp"
#include "strata/core/error.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata_test {

class ByteTokens final : public strata::Tokenizer {
 public:
  struct Options {
    std::string file;
    void visit(auto& option) { option("file", file, "folder with tokenizer.json"); }
  };
  explicit ByteTokens(const Options& /*options*/) : vocabulary_(strata::Vocabulary::empty()) {
    vocabulary_.add("<|endoftext|>");
    for (int byte = 0; byte < 256; ++byte) vocabulary_.add_bytes(std::string(1, static_cast<char>(byte)));
    for (const char* word : {"th", "he", "in"}) vocabulary_.add(word);
    strata::Specials specials;
    specials.start = 0;
    specials.ends = {0};
    vocabulary_.set_specials(specials);
  }
  bool joint() const override { return true; }
  void train(const strata::LineSource& /*lines*/) override {}
  const strata::Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char byte : text) ids.push_back(1 + static_cast<unsigned char>(byte));
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) text += id == 0 ? "" : vocabulary_.token(id);
    return text;
  }
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return vocabulary_.save(folder + "/" + prefix + "vocab.txt");
  }
  void load(const std::string& /*folder*/, const std::string& /*prefix*/) override {}

 private:
  strata::Vocabulary vocabulary_;
};

// The plugins of the tree, with a tokenizer "hf".
inline strata::Registry& plugins_with_hf() {
  strata::Registry& registry = plugins();
  if (!registry.has("tokenizer", "hf")) registry.add<strata::Tokenizer, ByteTokens>("hf", "bytes, for tests");
  return registry;
}

}  // namespace strata_test

// Tokenizer "hf": what others have learnt, as the field's tokenizer.json has it: normalisers, pre-tokenisers, a model
// (BPE, WordPiece, Unigram, WordLevel), decoders and added tokens.
#pragma once

#include <strata/text/tokenizer.hpp>
#include <strata/text/word_cache.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/decode.hpp"
#include "pipeline/normalise.hpp"
#include "pipeline/pre_tokenise.hpp"
#include "read.hpp"
#include "tiktoken.hpp"

namespace hf {

class Hf final : public strata::Tokenizer {
 public:
  struct Options {
    std::string file;
    Pattern pattern = Pattern::none;
    bool joint = true;
    void visit(auto& option) {
      option(
          "file", file,
          "tokenizer.json, vocab.txt of BERT, file of ranks (.tiktoken), or folder with one of the first two or with "
          "vocab.json and merges.txt");
      option("pattern", pattern, "pattern by which a file of ranks cuts texts: gpt2, cl100k or qwen2",
             {{"", Pattern::none}, {"gpt2", Pattern::gpt2}, {"cl100k", Pattern::cl100k}, {"qwen2", Pattern::qwen2}});
      option("joint", joint, "switch for one vocabulary for source and target");
    }
  };
  explicit Hf(const Options& options) : options_(options) {}

  bool joint() const override { return options_.joint; }
  const strata::Vocabulary& vocabulary() const override { return vocabulary_; }
  // Reads `file`; no text is read. Throws E_CONFIG_MISSING without it.
  void train(const strata::LineSource& lines) override;
  std::vector<std::int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int32_t>& ids) const override;
  bool joins(std::int32_t left, std::int32_t right) const override;
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override;
  void load(const std::string& folder, const std::string& prefix) override;

 private:
  void use(strata::Config json, const strata::Specials* specials, const std::string& folder);
  void number(const HfTokens& read, const std::string& place);
  void find_added(const HfTokens& read, const std::string& place);
  std::string normalised(std::string_view text) const;
  void encode_part(std::string_view text, bool first, std::vector<std::int32_t>& ids) const;
  void encode_piece(std::string_view piece, bool first, std::size_t cut, std::vector<std::int32_t>& ids) const;

  Options options_;
  strata::Config json_;  // the file, as it is saved again
  bool bytes_ = false;   // tokens are bytes, not characters
  std::vector<Normaliser> normalisers_;
  std::vector<PreTokeniser> pre_tokenisers_;
  std::vector<Decoder> decoders_;
  AddedTokens written_, normalised_;  // what is looked for in a text as it is, and in a normalised one
  strata::Vocabulary vocabulary_ = strata::Vocabulary::empty();
  std::unordered_map<std::int32_t, std::string> texts_;  // of added tokens that spell a token of the model
  std::unique_ptr<SubwordModel> model_;
  mutable strata::WordCache cache_;
};

}  // namespace hf

// Tokenizer "hf": byte-level byte pairs as the field's tokenizer.json has them (GPT-2, GPT-NeoX, Llama 3, Qwen2).
#pragma once

#include <strata/text/tokenizer.hpp>
#include <strata/text/word_cache.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hf_reader.hpp"
#include "merges.hpp"
#include "pieces.hpp"
#include "tiktoken.hpp"

namespace byte_bpe {

class Hf final : public strata::Tokenizer {
 public:
  struct Options {
    std::string file;
    Pattern pattern = Pattern::none;
    bool joint = true;
    void visit(auto& option) {
      option(
          "file", file,
          "tokenizer.json, file of ranks (.tiktoken), or folder with tokenizer.json or with vocab.json and merges.txt");
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
  std::string decode(const std::vector<std::int32_t>& ids) const override { return vocabulary_.joined(ids); }
  bool joins(std::int32_t, std::int32_t right) const override { return continues_word(vocabulary_.token(right)); }
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override;
  void load(const std::string& folder, const std::string& prefix) override;

 private:
  void use(strata::Config json, const strata::Specials* specials, const std::string& folder);
  void number(const HfTokenizer& read, const std::string& place);
  void encode_part(std::string_view text, std::vector<std::int32_t>& ids) const;
  void encode_piece(std::string_view piece, std::size_t pattern, std::vector<std::int32_t>& ids) const;
  void encode_whole(std::string_view piece, std::vector<std::int32_t>& ids) const;

  Options options_;
  strata::Config json_;  // the file, as it is saved again
  Normal normal_ = Normal::none;
  bool prefix_space_ = false, whole_first_ = false;
  std::vector<Pieces> pieces_;
  std::optional<Pieces> added_;             // added tokens that a text may have; empty: none
  strata::ByText<std::int32_t> added_ids_;  // their ids
  strata::Vocabulary vocabulary_ = strata::Vocabulary::empty();
  Merges merges_;
  std::vector<std::int32_t> ids_;  // ids of the tokens of Merges; -1: not in the vocabulary
  mutable strata::WordCache cache_;
};

}  // namespace byte_bpe

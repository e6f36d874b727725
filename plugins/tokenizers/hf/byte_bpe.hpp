// Tokenizer "byte_bpe": byte pairs over bytes in GPT-2's form (Radford et al., 2019, section 2.2). Every text has ids,
// and its bytes come back.
#pragma once

#include <strata/text/tokenizer.hpp>
#include <strata/text/word_cache.hpp>

#include "learn.hpp"
#include "pipeline/merges.hpp"
#include "pipeline/pieces.hpp"

namespace hf {

enum class SpecialKind { gpt2, standard };

class ByteBpe final : public strata::Tokenizer {
 public:
  struct Options {
    std::int64_t vocabulary = 8000, min_frequency = 2;
    SpecialKind specials = SpecialKind::gpt2;
    bool joint = true;
    void visit(auto& option) {
      option("vocabulary", vocabulary,
             "number of tokens, special tokens and the 256 bytes included (fewer when the text has fewer pairs)")
          .range(260, 1 << 24);
      option("min_frequency", min_frequency, "smallest number of occurrences of a pair that is merged").range(1, 1e12);
      option("specials", specials,
             "special tokens: gpt2, <|endoftext|> as start, end and padding, or standard, <pad>, <s>, </s>, <unk>, for "
             "models of pairs",
             {{"gpt2", SpecialKind::gpt2}, {"standard", SpecialKind::standard}});
      option("joint", joint, "switch for one vocabulary for source and target");
    }
  };
  explicit ByteBpe(const Options& options) : options_(options) { use({}); }

  bool joint() const override { return options_.joint; }
  const strata::Vocabulary& vocabulary() const override { return vocabulary_; }
  void train(const strata::LineSource& lines) override;
  std::vector<std::int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int32_t>& ids) const override { return vocabulary_.joined(ids); }
  bool joins(std::int32_t, std::int32_t right) const override { return continues_word(vocabulary_.token(right)); }
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override;
  void load(const std::string& folder, const std::string& prefix) override;

 private:
  void use(std::vector<Merge> merges);

  Options options_;
  std::vector<Merge> learnt_;
  strata::Vocabulary vocabulary_ = strata::Vocabulary::empty();
  Merges merges_;
  std::vector<std::int32_t> byte_ids_;  // of the 256 bytes
  mutable strata::WordCache cache_;
};

}  // namespace hf

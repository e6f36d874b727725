// Weights of words from those of their tokens.
#include "run/word_alignment.hpp"

namespace strata::detail {
namespace {

struct Words {
  std::vector<std::string> texts;
  std::vector<std::size_t> of;  // the word of each token
  std::vector<float> tokens;    // how many each word has
};

Words words_of(const std::vector<std::int32_t>& ids, const std::vector<std::string>& pieces,
               const Tokenizer& tokenizer) {
  Words out;
  std::vector<std::int32_t> word;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool goes_on = i > 0 && i < ids.size() && tokenizer.joins(ids[i - 1], ids[i]);
    if (!goes_on) {
      out.texts.emplace_back();
      out.tokens.push_back(0);
      word.clear();
    }
    out.of.push_back(out.texts.size() - 1);
    out.tokens.back() += 1;
    if (i < ids.size()) word.push_back(ids[i]);
    out.texts.back() = i < ids.size() ? tokenizer.decode(word) : pieces[i];
  }
  return out;
}

}  // namespace

Alignment align_words(const Alignment& tokens, const std::vector<std::int32_t>& source,
                      const std::vector<std::int32_t>& target, const Tokenizers& tokenizers) {
  const Words from = words_of(source, tokens.source, tokenizers["source"]);
  const Words to = words_of(target, tokens.target, tokenizers["target"]);
  Alignment out{from.texts, to.texts, std::vector<float>(from.texts.size() * to.texts.size(), 0)};
  for (std::size_t t = 0; t < to.of.size(); ++t) {
    for (std::size_t s = 0; s < from.of.size(); ++s) {
      out.weights[to.of[t] * from.texts.size() + from.of[s]] += tokens.at(t, s) / to.tokens[to.of[t]];
    }
  }
  return out;
}

}  // namespace strata::detail

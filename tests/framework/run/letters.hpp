// What the tests of the line by line verbs share: a tokenizer of letters, and a model that can do nothing.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "strata/model/model.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::test {

// Words separated by blanks; the vocabulary is "a" to "z".
class Letters final : public Tokenizer {
 public:
  Letters() {
    for (char c = 'a'; c <= 'z'; ++c) words_.add(std::string(1, c));
  }
  bool joint() const override { return true; }
  void train(const LineSource&) override {}
  const Vocabulary& vocabulary() const override { return words_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::istringstream in{std::string(text)};
    std::vector<std::int32_t> ids;
    for (std::string word; in >> word;) ids.push_back(words_.encode(word));
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string out;
    for (const std::int32_t id : ids) out += (out.empty() ? "" : " ") + words_.token(id);
    return out;
  }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary words_;
};

inline constexpr std::int64_t kVocabulary = kSpecials + 26;

inline Tokenizers letters() {
  const auto both = std::make_shared<Letters>();
  return {{"source", both}, {"target", both}};
}

class Silent : public Model {
 public:
  Loss loss(const TensorBatch&, const LossOptions&) override { return {}; }
};

}  // namespace strata::test

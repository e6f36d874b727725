// Tokenizer: text to ids and back, one vocabulary. The role behind "tokenizer" in a recipe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {

// Hands out a corpus line by line: fills `line` and returns true, or returns false at the end.
using LineSource = std::function<bool(std::string& line)>;

// Training, save and load change a tokenizer; everything else is const and may be called from several threads at once.
// Ids never contain specials except kUnk: who makes batches or prompts adds <s> and </s>.
class STRATA_API Tokenizer {
 public:
  static constexpr std::string_view kRole = "tokenizer";
  struct Facts {};  // a tokenizer is told nothing by the host: it defines the sizes

  Tokenizer() = default;
  virtual ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Whether the recipe asks for one vocabulary for source and target (make_tokenizers obeys it).
  virtual bool joint() const = 0;
  // Learns everything from the lines, which may be of one side or of both. Throws E_TOKENIZER_EMPTY when there is no
  // token in them.
  virtual void train(const LineSource& lines) = 0;

  // The specials alone before train() or load().
  virtual const Vocabulary& vocabulary() const = 0;
  std::int32_t size() const { return vocabulary().size(); }  // of the vocabulary

  // Any bytes are taken; what is unknown, invalid UTF-8 included, becomes kUnk. Linear time but for a logarithm.
  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
  // Whether sample() differs from encode(): training then sees the text cut anew in every epoch.
  virtual bool samples() const { return false; }
  // The ids of the text cut in one of several ways (subword regularisation: Kudo, 2018), which `random` alone decides;
  // decode() gives the same text. Default: encode().
  virtual std::vector<std::int32_t> sample(std::string_view text, Rng& random) const;
  // Text of the ids up to the first kEnd, without kPad and kStart. Throws E_TOKENIZER_ID for ids outside the
  // vocabulary.
  virtual std::string decode(const std::vector<std::int32_t>& ids) const = 0;
  // Whether a word goes on from token `left` to token `right`, ids of the vocabulary. Default: false, a token is a
  // word.
  virtual bool joins(std::int32_t left, std::int32_t right) const;
  // The token of each id (specials too) to look at: as in the vocabulary, but for control bytes, which become \xNN.
  std::vector<std::string> pieces(const std::vector<std::int32_t>& ids) const;

  // Writes this tokenizer's files into `folder`, each name with `prefix` in front, and returns the names. E_IO_*.
  virtual std::vector<std::string> save(const std::string& folder, const std::string& prefix) const = 0;
  // Reads them back. Throws E_IO_READ and E_TOKENIZER_* with file:line.
  virtual void load(const std::string& folder, const std::string& prefix) = 0;
};

// The two sides' tokenizers; with a joint vocabulary both point to one object.
struct STRATA_API Tokenizers {
  std::shared_ptr<Tokenizer> source, target;  // never null once made

  // Whether one of them samples.
  bool samples() const { return source->samples() || target->samples(); }
  // Whether both sides share one vocabulary.
  bool joint() const noexcept { return source == target; }

  // Joint: the component's files as they are (vocab.txt, ...). Else with "source." and "target." in front.
  std::vector<std::string> save(const std::string& folder) const;
  void load(const std::string& folder);
};

// Makes the sides' tokenizers with `make` (called once when it says joint(), else twice), trained on nothing yet.
STRATA_API Tokenizers make_tokenizers(const std::function<std::shared_ptr<Tokenizer>()>& make);

}  // namespace strata

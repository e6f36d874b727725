// Tokenizer: converts text to ids of one vocabulary and back. It is the role of "tokenizer" in a recipe.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {

// A function that gives a corpus text by text: it fills `line` and returns true, or returns false at the end. A text is
// a line or a whole document, which holds line ends.
using LineSource = std::function<bool(std::string& line)>;

// A tokenizer. train() and load() change it; all other functions are const and may be called from several threads at
// once. Encoded ids contain no special token but specials().unknown, whatever the text spells: the start, the end and
// the tokens of a template are added where batches are made, by their ids.
class STRATA_API Tokenizer {
 public:
  static constexpr std::string_view kRole = "tokenizer";
  struct Facts {};  // a tokenizer is told nothing by the host: it defines the sizes

  Tokenizer() = default;
  virtual ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // True when the recipe asks for one vocabulary for source and target; make_tokenizers() then makes one object for
  // both.
  virtual bool joint() const = 0;
  // Learns the vocabulary from lines of one side or of both. Throws E_TOKENIZER_EMPTY when there is no token in them; a
  // tokenizer that has nothing to learn does not read them.
  virtual void train(const LineSource& lines) = 0;

  // The vocabulary. Before train() or load() it has the special tokens only, unless there is nothing to learn.
  virtual const Vocabulary& vocabulary() const = 0;
  // The size of the vocabulary, special tokens included.
  std::int32_t size() const { return vocabulary().size(); }

  // Returns the ids of a text, which may contain any bytes. What is not in the vocabulary, invalid UTF-8 included,
  // becomes specials().unknown; when the vocabulary has no such token, the tokenizer either has tokens for all texts,
  // or throws E_DATA_*. The time must be at most n log n in the length of the text.
  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
  // True when sample() differs from encode(). The training texts are then encoded anew in every epoch.
  virtual bool samples() const { return false; }
  // Returns the ids of one of several ways to cut the text into tokens (subword regularisation: Kudo, 2018). The choice
  // depends on `random` alone, and decode() of the ids gives the same text as for encode(). Default: encode().
  virtual std::vector<std::int32_t> sample(std::string_view text, Rng& random) const;
  // Returns the text of the ids up to the first of specials().ends, without special tokens but `unknown` (see
  // Vocabulary::is_text). It is valid UTF-8 unless the tokens are bytes. Throws E_TOKENIZER_ID for ids outside the
  // vocabulary.
  virtual std::string decode(const std::vector<std::int32_t>& ids) const = 0;
  // True when the token `right` continues the word of the token `left`, when one follows the other. Default: false,
  // because each token is a word.
  virtual bool joins(std::int32_t left, std::int32_t right) const;
  // Returns the token of each id, special ones too, for display: as in the vocabulary, but control bytes and bytes that
  // are not valid UTF-8 become \xNN.
  std::vector<std::string> pieces(const std::vector<std::int32_t>& ids) const;

  // Writes the files of this tokenizer into `folder`, with `prefix` before each name, and returns the names. Throws
  // E_IO_*.
  virtual std::vector<std::string> save(const std::string& folder, const std::string& prefix) const = 0;
  // Reads the files that save() wrote. Throws E_IO_READ, and E_TOKENIZER_* with file:line.
  virtual void load(const std::string& folder, const std::string& prefix) = 0;
};

// The tokenizers of a run by the names of their vocabularies: "source" and "target", or "text", "label", ... Several
// names may share one tokenizer.
class STRATA_API Tokenizers {
 public:
  // A tokenizer and its name.
  struct Named {
    std::string name;                      // name of the vocabulary
    std::shared_ptr<Tokenizer> tokenizer;  // never null
  };

  Tokenizers() = default;
  Tokenizers(std::initializer_list<Named> tokenizers) : all_(tokenizers) {}  // in this order

  // Adds a tokenizer under a new name.
  void add(std::string name, std::shared_ptr<Tokenizer> tokenizer);
  // Returns the tokenizer of a name. Throws E_TOKENIZER_NAME, with the names that there are, when there is none.
  Tokenizer& operator[](std::string_view name) const { return *shared(name); }
  std::shared_ptr<Tokenizer> shared(std::string_view name) const;
  // True when there is a tokenizer of this name.
  bool has(std::string_view name) const noexcept;
  // All tokenizers with their names, in the order in which they were added.
  const std::vector<Named>& all() const noexcept { return all_; }
  bool empty() const noexcept { return all_.empty(); }

  // True when one of them samples.
  bool samples() const;
  // True when all names share one vocabulary.
  bool joint() const noexcept;

  // Write and read the files of the tokenizers. With a single tokenizer, the names of the files are those of the
  // tokenizer (vocab.txt, ...); else the name of the vocabulary and a dot stand before them ("source.vocab.txt").
  std::vector<std::string> save(const std::string& folder) const;
  void load(const std::string& folder);

 private:
  std::vector<Named> all_;
};

// Makes untrained tokenizers of these names. `make` is called once when its tokenizer is joint(), else for each name.
STRATA_API Tokenizers make_tokenizers(const std::vector<std::string>& names,
                                      const std::function<std::shared_ptr<Tokenizer>()>& make);

}  // namespace strata

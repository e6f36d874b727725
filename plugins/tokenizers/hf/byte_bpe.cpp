// Tokenizer "byte_bpe".
#include "byte_bpe.hpp"

#include <strata/core/error.hpp>
#include <strata/text/word_cache.hpp>

#include <algorithm>

#include "alphabet.hpp"
#include "files.hpp"
#include "pipeline/pieces.hpp"

namespace hf {
namespace {

using namespace strata;

const Pieces& gpt2_pieces() {
  static const Pieces pieces(kGpt2Pattern, "[byte_bpe]");
  return pieces;
}

// The special tokens, then the bytes in GPT-2's order, then what each merge makes.
Vocabulary vocabulary_of(SpecialKind kind, const std::vector<Merge>& merges) {
  Vocabulary vocabulary = kind == SpecialKind::standard ? Vocabulary() : Vocabulary::empty();
  if (kind == SpecialKind::gpt2) vocabulary.add("<|endoftext|>");
  for (const unsigned char byte : ordered_bytes()) {
    vocabulary.add_bytes(std::string(1, static_cast<char>(byte)));
  }
  for (const auto& [left, right] : merges) {
    if (vocabulary.find(left + right) < 0) vocabulary.add_bytes(left + right);
  }
  if (kind == SpecialKind::gpt2) {
    Specials specials;
    specials.pad = specials.start = 0;
    specials.ends = {0};
    vocabulary.set_specials(specials);
  }
  return vocabulary;
}

}  // namespace

void ByteBpe::train(const LineSource& lines) {
  strata::ByText<std::int64_t> counts;
  for (std::string line; lines(line);) {
    gpt2_pieces().for_each(line, [&](std::string_view piece) {
      const auto at = counts.find(piece);
      if (at != counts.end()) {
        ++at->second;
      } else {
        counts.emplace(piece, 1);
      }
    });
  }
  if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[byte_bpe]", "there is no token in the training text");
  PieceCounts pieces(counts.begin(), counts.end());
  std::sort(pieces.begin(), pieces.end());  // the same text gives the same order of work
  use(learn(pieces, {options_.vocabulary - vocabulary_of(options_.specials, {}).size(), options_.min_frequency}));
}

std::vector<std::int32_t> ByteBpe::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  gpt2_pieces().for_each(text, [&](std::string_view piece) {
    if (cache_.find(piece, ids)) return;
    std::vector<std::int32_t> fresh;
    for (const char byte : piece) fresh.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
    merges_.apply(fresh);
    ids.insert(ids.end(), fresh.begin(), fresh.end());
    cache_.put(piece, std::move(fresh));
  });
  return ids;
}

std::vector<std::string> ByteBpe::save(const std::string& folder, const std::string& prefix) const {
  return write_files(folder, prefix, vocabulary_, learnt_);
}

void ByteBpe::load(const std::string& folder, const std::string& prefix) {
  use(read_merges(folder + "/" + prefix + "merges.txt"));
  check_vocabulary(folder + "/" + prefix + "vocab.json", vocabulary_);
}

void ByteBpe::use(std::vector<Merge> merges) {
  learnt_ = std::move(merges);
  vocabulary_ = vocabulary_of(options_.specials, learnt_);
  merges_ = Merges();
  for (const auto& [left, right] : learnt_) {
    merges_.add(vocabulary_.find(left), vocabulary_.find(right), vocabulary_.find(left + right));
  }
  byte_ids_.clear();
  for (int byte = 0; byte < 256; ++byte) byte_ids_.push_back(vocabulary_.find(std::string(1, static_cast<char>(byte))));
  cache_.clear();
}

}  // namespace hf

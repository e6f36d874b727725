// Unigram (Kudo, 2018): the cut of a piece whose tokens have the largest sum of log-probabilities.
#include <algorithm>
#include <limits>

#include "components.hpp"
#include "model.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;

// A tree of bytes with the ids of tokens.
class Trie {
 public:
  Trie() : nodes_(1) {}

  void add(std::string_view token, std::int32_t id) {
    std::size_t node = 0;
    for (const char letter : token) {
      std::size_t next = find(node, letter);
      if (next == 0) {
        next = nodes_.size();
        nodes_.emplace_back();
        auto& children = nodes_[node].children;
        children.insert(std::upper_bound(children.begin(), children.end(), std::pair{letter, next}), {letter, next});
      }
      node = next;
    }
    nodes_[node].id = id;
  }
  // Calls `each` with the length and the id of every token that `text` begins with, the shortest first.
  void for_each_prefix(std::string_view text, const auto& each) const {
    std::size_t node = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      node = find(node, text[at]);
      if (node == 0) return;
      if (nodes_[node].id >= 0) each(at + 1, nodes_[node].id);
    }
  }

 private:
  struct Node {
    std::int32_t id = -1;
    std::vector<std::pair<char, std::size_t>> children;  // by their letters
  };
  std::size_t find(std::size_t node, char letter) const {
    const auto& children = nodes_[node].children;
    const auto at = std::lower_bound(children.begin(), children.end(), std::pair{letter, std::size_t{0}});
    return at != children.end() && at->first == letter ? at->second : 0;
  }
  std::vector<Node> nodes_;
};

class Unigram final : public SubwordModel {
 public:
  Unigram(const Config& json, const strata::Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    fallback_ = flag(json, "byte_fallback", false);
    double least = 0;
    std::int32_t id = 0;
    for (const Config& item : json.at("vocab").items()) {
      const double score = item.items()[1].real();
      least = std::min(least, score);
      scores_.push_back(score);
      if (!vocabulary.is_special(id) && !item.items()[0].string().empty()) trie_.add(item.items()[0].string(), id);
      ++id;
    }
    unknown_score_ = least - 10;  // as in the SentencePiece library
  }

  void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override {
    struct Best {
      double score = -std::numeric_limits<double>::infinity();
      std::size_t begin = 0;
      std::int32_t id = -1;  // -1: unknown
    };
    std::vector<Best> best(piece.size() + 1);
    best[0].score = 0;
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t size = char_at(piece, at).bytes.size();
      const double before = best[at].score;
      bool single = false;  // a token of this character alone
      const auto offer = [&](std::size_t length, double score, std::int32_t id) {
        Best& to = best[at + length];
        if (before + score > to.score) to = {before + score, at, id};
      };
      trie_.for_each_prefix(piece.substr(at), [&](std::size_t length, std::int32_t id) {
        offer(length, scores_[static_cast<std::size_t>(id)], id);
        single = single || length == size;
      });
      if (!single) offer(size, unknown_score_, -1);
      at += size;
    }
    std::vector<std::pair<std::size_t, std::size_t>> cuts;  // from the end
    for (std::size_t end = piece.size(); end > 0; end = best[end].begin) cuts.emplace_back(best[end].begin, end);
    std::reverse(cuts.begin(), cuts.end());
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      if (best[cuts[i].second].id >= 0) {
        ids.push_back(best[cuts[i].second].id);
        continue;
      }
      // Unknown characters that follow one another are one token.
      const std::size_t begin = cuts[i].first;
      while (i + 1 < cuts.size() && best[cuts[i + 1].second].id < 0) ++i;
      const std::string_view part = piece.substr(begin, cuts[i].second - begin);
      if (fallback_ && add_byte_tokens(vocabulary_, part, ids)) continue;
      ids.push_back(unknown_of(vocabulary_, part));
    }
  }

 private:
  const strata::Vocabulary& vocabulary_;
  Trie trie_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
  bool fallback_ = false;
};

}  // namespace

std::unique_ptr<SubwordModel> make_unigram(const Config& json, const strata::Vocabulary& vocabulary) {
  return std::make_unique<Unigram>(json, vocabulary);
}

}  // namespace hf

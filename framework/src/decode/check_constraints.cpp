// Constraints are checked before the search, as far as can be known then, and phrases once more after it.
#include "decode/check_constraints.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kMostPhrases = 64;

bool has(const std::vector<std::int32_t>& ascending, std::int32_t id) {
  return std::binary_search(ascending.begin(), ascending.end(), id);
}

[[noreturn]] void refuse(std::int64_t number, const std::string& what, const std::string& hint = {}) {
  throw Error("E_DATA_CONSTRAINT", "sentence " + std::to_string(number + 1), what, hint);
}

// Most tokens until anything may follow; no path is longer than there are places.
std::size_t depth_of(const std::vector<std::vector<Opening>>& openings, std::int64_t number,
                     const std::vector<std::int32_t>& specials) {
  std::vector<std::size_t> depth(openings.size(), 0);
  for (std::size_t round = 0; round <= openings.size(); ++round) {
    bool changed = false;
    for (std::size_t place = 0; place < openings.size(); ++place) {
      if (openings[place].empty()) refuse(number, "no token can follow what is asked for");
      for (const Opening& one : openings[place]) {
        const auto next = static_cast<std::size_t>(one.next);
        if (has(specials, one.token) || (one.next >= 0 && next >= openings.size())) {
          refuse(number, "token " + std::to_string(one.token) + " opens nothing");
        }
        const std::size_t own = 1 + (one.next < 0 ? 0 : depth[next]);
        changed = changed || own > depth[place];
        depth[place] = std::max(depth[place], own);
      }
    }
    if (!changed) return depth.empty() ? 0 : depth[0];
  }
  refuse(number, "openings lead back to themselves");
}

// Somewhere, and as whole words.
bool contains(const std::vector<std::int32_t>& ids, const std::vector<std::int32_t>& phrase, const Constraints& asked) {
  const auto joined = [&](auto right) {
    return right != ids.begin() && right != ids.end() && asked.joins && asked.joins(*(right - 1), *right);
  };
  for (auto at = ids.begin();; ++at) {
    at = std::search(at, ids.end(), phrase.begin(), phrase.end());
    if (at == ids.end()) return false;
    if (!joined(at) && !joined(at + static_cast<std::ptrdiff_t>(phrase.size()))) return true;
  }
}

}  // namespace

void check_constraints(const Constraints& asked, std::int64_t number, std::int64_t longest,
                       const DecodeOptions& options) {
  if (!asked) return;
  const std::vector<std::int32_t> specials = options.specials.ids();
  if (options.search == Search::sample) refuse(number, "samples take no constraints", "set search to \"beam\"");
  if (!asked.phrases.empty() && options.beam_groups > 1)
    refuse(number, "phrases and beam_groups share out the beam both");
  if (asked.phrases.size() > kMostPhrases)
    refuse(number, std::to_string(asked.phrases.size()) + " phrases (allowed: 64)");
  std::size_t tokens = asked.prefix.size() + depth_of(asked.openings, number, specials);
  for (const auto& phrase : asked.phrases) {
    if (phrase.empty()) refuse(number, "a phrase without a token");
    tokens += phrase.size();
  }
  if (static_cast<std::int64_t>(tokens) >= longest) {
    refuse(
        number,
        std::to_string(tokens) + " tokens are asked for, and </s>, of an output of at most " + std::to_string(longest),
        "raise max_length");
  }
  const auto check = [&](const std::vector<std::int32_t>& ids) {
    for (const std::int32_t id : ids) {
      const bool unknown = id == options.specials.unknown;
      if (!unknown && has(specials, id)) refuse(number, "token " + std::to_string(id) + " cannot be written");
      if (unknown && !options.allow_unknown) {
        refuse(number, "a word of it is not in the vocabulary", "write it in words that the training data had");
      }
    }
  };
  check(asked.prefix);
  for (const auto& phrase : asked.phrases) check(phrase);
}

void check_met(const Constraints& asked, std::int64_t number, const Hypothesis& best) {
  for (const auto& phrase : asked.phrases) {
    if (contains(best.ids, phrase, asked)) continue;
    refuse(number, "no output of the longest length has all phrases", "a larger beam_size or max_length");
  }
}

std::int64_t longest_output(const Generator& generator, const DecodeOptions& options, std::int64_t source_tokens) {
  const std::int64_t asked = options.longest(source_tokens);
  std::int64_t most = generator.max_length();
  if (most > 0 && generator.continues_input())
    most = std::max<std::int64_t>(1, most - source_tokens);  // the last is not read
  return most > 0 ? std::min(asked, most) : asked;
}

}  // namespace strata::detail

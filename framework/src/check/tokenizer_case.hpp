// A tokenizer under test: made and trained as often as wanted, on texts of the checks' own; and comparisons of two of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/checks.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

using Ids = std::vector<std::int32_t>;

struct TokenizerCase {
  Config spec;
  std::int64_t seed;
  Registry& registry;

  std::shared_ptr<Tokenizer> make() const { return registry.make<Tokenizer>(spec); }
  // Trained on all sample lines, three times over: a pair that is there once may be too rare to be learned.
  std::shared_ptr<Tokenizer> trained() const;
};

// Texts that trained() has learned from, and others.
std::vector<std::string> example_lines();
// Those of them that the tokenizer takes.
std::vector<std::string> known_lines(const Tokenizer& tokenizer);
// A text as an error message shows it.
std::string in_quotes(std::string_view text);

// The ids of a text; nothing when the tokenizer refuses it with E_DATA_*, as it may where no token is the unknown one.
std::optional<Ids> ids_of(const Tokenizer& tokenizer, std::string_view text);
// The ids of the vocabulary that are not special.
Ids ordinary_ids(const Vocabulary& vocabulary);
bool has_unknown(const Tokenizer& tokenizer, const Ids& ids);

// Both throw CheckFailed with `what`: the same ids of `text`; the same vocabulary, and the same ids of all lines.
void require_same_ids(const Ids& got, const Ids& expected, std::string_view text, const std::string& what);
void require_alike(const Tokenizer& got, const Tokenizer& expected, const std::string& what);

}  // namespace strata::detail

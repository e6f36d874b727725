// TokenizerCase, its texts and comparisons.
#include "check/tokenizer_case.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check/texts.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

std::vector<std::string> tokens_of(const Vocabulary& vocabulary) {
  std::vector<std::string> tokens;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) tokens.push_back(vocabulary.token(id));
  return tokens;
}

}  // namespace

std::shared_ptr<Tokenizer> TokenizerCase::trained() const {
  auto tokenizer = make();
  tokenizer->train([at = std::size_t{0}](std::string& line) mutable {
    if (at == 3 * sample_lines().size()) return false;
    line = sample_lines()[at++ % sample_lines().size()];
    return true;
  });
  return tokenizer;
}

std::vector<std::string> example_lines() {
  std::vector<std::string> all = sample_lines();
  all.insert(all.end(), {"a fox never seen before", "12:34 unlikely@@ZEBRA", "\u00f1 \u9f98 \U0001f9a5"});
  return all;
}

std::vector<std::string> known_lines(const Tokenizer& tokenizer) {
  std::vector<std::string> all = example_lines();
  std::erase_if(all, [&](const std::string& line) { return !ids_of(tokenizer, line); });
  return all;
}

std::string in_quotes(std::string_view text) { return "'" + printable(text, 60) + "'"; }

std::optional<Ids> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  try {
    return tokenizer.encode(text);
  } catch (const Error& error) {
    if (tokenizer.vocabulary().specials().unknown >= 0 || !error.code().starts_with("E_DATA_")) throw;
    return std::nullopt;
  }
}

Ids ordinary_ids(const Vocabulary& vocabulary) {
  Ids ids;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.is_special(id)) ids.push_back(id);
  }
  return ids;
}

bool has_unknown(const Tokenizer& tokenizer, const Ids& ids) {
  return std::find(ids.begin(), ids.end(), tokenizer.vocabulary().specials().unknown) != ids.end();
}

void require_same_ids(const Ids& got, const Ids& expected, std::string_view text, const std::string& what) {
  if (got == expected) return;
  const auto at = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
  throw CheckFailed{fmt::format("{}: {} gives {} ids, not the same {}; they part at number {}", what, in_quotes(text),
                                got.size(), expected.size(), at.first - got.begin())};
}

void require_alike(const Tokenizer& got, const Tokenizer& expected, const std::string& what) {
  if (got.vocabulary().specials() != expected.vocabulary().specials()) {
    throw CheckFailed{what + ": the special tokens are not the same"};
  }
  if (tokens_of(got.vocabulary()) != tokens_of(expected.vocabulary())) {
    throw CheckFailed{fmt::format("{}: the vocabulary of {} tokens is not the same as that of {}", what, got.size(),
                                  expected.size())};
  }
  for (const std::string& line : example_lines()) {
    require_same_ids(ids_of(got, line).value_or(Ids()), ids_of(expected, line).value_or(Ids()), line, what);
  }
}

}  // namespace strata::detail

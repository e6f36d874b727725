// Specials: the special tokens of one vocabulary, by what each of them is for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

// Each member is an id of the vocabulary, or -1 when the vocabulary has no such token. Several members may be one id:
// the end of one text may be the start of the next. A text of a user never becomes one of these ids, except `unknown`.
struct STRATA_API Specials {
  std::int32_t pad = -1;           // fills up the rows of a batch; models ignore it
  std::int32_t start = -1;         // the first token that a decoder reads
  std::int32_t unknown = -1;       // a token that is not in the vocabulary
  std::int32_t mask = -1;          // stands for a token that a model has to guess
  std::int32_t separator = -1;     // stands between two texts
  std::int32_t classify = -1;      // stands before a text whose class a model has to say
  std::vector<std::int32_t> ends;  // ends of a sequence; the first of them is the one that batches get
  std::map<std::string, std::int32_t, std::less<>> control;  // the own tokens of a template, by the template's names

  // The specials of Vocabulary(): pad 0, start 1, ends {2}, unknown 3.
  static Specials standard();

  // The first of `ends`, or -1.
  std::int32_t end() const noexcept { return ends.empty() ? -1 : ends.front(); }
  // True when the id is one of `ends`.
  bool is_end(std::int32_t id) const noexcept;
  // All ids, without -1, each once, in ascending order.
  std::vector<std::int32_t> ids() const;
  // True when all members are equal.
  bool operator==(const Specials&) const = default;

  // The object {"pad": 0, "start": 1, "ends": [2], "unknown": 3}: the names of the members with their ids, and
  // "control" as an object of names and ids. What the vocabulary does not have is left out.
  Config to_config() const;
  // Reads what to_config() wrote. Throws E_TOKENIZER_VOCABULARY at the place of the value for unknown members, for
  // values of another kind, and for ids below 0 or above 2^31 - 1.
  static Specials from_config(const Config& config);
};

}  // namespace strata

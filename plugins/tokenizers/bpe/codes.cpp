// Codes: reading and writing "#version: 0.2" and one "left right" a line; reading "left right count" of fastBPE.
#include "codes.hpp"

#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_set>

namespace bpe {
namespace {

constexpr std::string_view kVersionMark = "#version:";

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \r") - begin + 1);
}

Codes::Version parse_version(std::string_view line, const std::string& place) {
  const std::string_view version = trimmed(line.substr(kVersionMark.size()));
  if (version == "0.2") return Codes::Version::v02;
  if (version == "0.1") return Codes::Version::v01;
  throw strata::Error("E_TOKENIZER_CODES", place, "version '" + strata::printable(version, 40) + "' is not known",
                      "known: 0.1, 0.2");
}

// One line: the two symbols, and whether a count follows.
struct Line {
  std::string_view left, right;
  bool counted = false;
};

Line parse_line(std::string_view line, const std::string& place) {
  if (strata::utf8_fault(line) != std::string_view::npos) {
    throw strata::Error("E_TOKENIZER_CODES", place, "is not valid UTF-8: " + strata::printable(line, 60));
  }
  std::array<std::string_view, 3> fields;
  std::size_t count = 0;
  bool fits = true;
  std::string_view rest = trimmed(line);
  for (bool more = true; more && fits;) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    fits = count < fields.size() && end > 0;
    if (fits) fields[count++] = rest.substr(0, end);
    more = end < rest.size();
    rest.remove_prefix(more ? end + 1 : end);
  }
  const bool counted = count == fields.size();
  if (counted) fits = fits && fields[2].find_first_not_of("0123456789") == std::string_view::npos;
  if (!fits || count < 2) {
    throw strata::Error(
        "E_TOKENIZER_CODES", place,
        "'" + strata::printable(trimmed(line), 60) + "' is not two symbols, or two and a count",
        "a line is LEFT RIGHT with one space between, as subword-nmt writes it, or LEFT RIGHT COUNT, as "
        "fastBPE does");
  }
  return {fields[0], fields[1], counted};
}

}  // namespace

std::string Codes::text() const {
  std::string out = version == Version::v02 ? "#version: 0.2\n" : "#version: 0.1\n";
  for (const auto& [left, right] : merges) out += left + ' ' + right + '\n';
  return out;
}

Codes Codes::parse(const std::string& text, const std::string& place) {
  Codes codes;
  codes.version = Version::v01;
  bool versioned = false;
  std::optional<bool> counted;
  std::unordered_set<std::string> seen;
  const std::size_t last = text.find_last_not_of('\n');  // empty lines at the end are none
  const std::string_view all = std::string_view(text).substr(0, last == std::string::npos ? 0 : last + 1);
  std::size_t number = 1;
  for (std::size_t begin = 0; begin < all.size(); ++number) {
    const std::size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view line = all.substr(begin, end - begin);
    const std::string here = place + ":" + std::to_string(number);
    begin = end + 1;
    if (number == 1 && line.substr(0, kVersionMark.size()) == kVersionMark) {
      codes.version = parse_version(line, here);
      versioned = true;
      continue;
    }
    const Line parsed = parse_line(line, here);
    if (!counted) {
      counted = parsed.counted;
      // fastBPE writes no version; the end of a word is part of its last symbol there.
      if (parsed.counted && !versioned) codes.version = Version::v02;
    } else if (*counted != parsed.counted) {
      throw strata::Error("E_TOKENIZER_CODES", here,
                          "'" + strata::printable(trimmed(line), 60) +
                              (parsed.counted ? "' has a count" : "' has no count") + ", unlike the lines before",
                          "all lines have one, or none");
    }
    if (!seen.insert(std::string(parsed.left) + ' ' + std::string(parsed.right)).second) continue;
    codes.merges.emplace_back(parsed.left, parsed.right);
  }
  return codes;
}

}  // namespace bpe

// Codes: reading and writing "#version: 0.2" and one "left right" a line.
#include "codes.hpp"

#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>

#include <algorithm>
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

}  // namespace

std::string Codes::text() const {
  std::string out = version == Version::v02 ? "#version: 0.2\n" : "#version: 0.1\n";
  for (const auto& [left, right] : merges) out += left + ' ' + right + '\n';
  return out;
}

Codes Codes::parse(const std::string& text, const std::string& place) {
  Codes codes;
  codes.version = Version::v01;
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
      continue;
    }
    if (strata::utf8_fault(line) != std::string_view::npos) {
      throw strata::Error("E_TOKENIZER_CODES", here, "is not valid UTF-8: " + strata::printable(line, 60));
    }
    const std::string_view pair = trimmed(line);
    const std::size_t space = pair.find(' ');
    if (space == std::string_view::npos || pair.find(' ', space + 1) != std::string_view::npos) {
      throw strata::Error("E_TOKENIZER_CODES", here, "'" + strata::printable(pair, 60) + "' is not two symbols",
                          "a line is LEFT RIGHT with one space between, as subword-nmt writes it");
    }
    if (!seen.emplace(pair).second) continue;
    codes.merges.emplace_back(pair.substr(0, space), pair.substr(space + 1));
  }
  return codes;
}

}  // namespace bpe

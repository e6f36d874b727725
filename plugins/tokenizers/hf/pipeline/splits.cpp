// The five behaviours of a split.
#include "splits.hpp"

#include <algorithm>
#include <vector>

#include "components.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

struct Part {
  std::string_view text;
  bool is_match;
};

std::string_view joined(std::string_view left, std::string_view right) {
  return {left.data(), static_cast<std::size_t>(right.data() + right.size() - left.data())};
}

// A match becomes a part of what is before it, unless a match is there.
std::vector<Part> with_previous(const std::vector<Part>& parts) {
  std::vector<Part> out;
  bool after_match = false;
  for (const Part& part : parts) {
    if (part.is_match && !after_match && !out.empty())
      out.back().text = joined(out.back().text, part.text);
    else
      out.push_back(part);
    after_match = part.is_match;
  }
  return out;
}
std::vector<Part> with_next(const std::vector<Part>& parts) {
  std::vector<Part> out;
  bool before_match = false;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const Part& part = parts[i];
    if (part.is_match && !before_match && !out.empty())
      out.back().text = joined(part.text, out.back().text);
    else
      out.push_back(part);
    before_match = part.is_match;
  }
  std::reverse(out.begin(), out.end());
  return out;
}
std::vector<Part> contiguous(const std::vector<Part>& parts) {
  std::vector<Part> out;
  for (const Part& part : parts) {
    if (!out.empty() && out.back().is_match == part.is_match)
      out.back().text = joined(out.back().text, part.text);
    else
      out.push_back(part);
  }
  return out;
}

}  // namespace

Behaviour behaviour_of(const strata::Config& json, Behaviour fallback) {
  const strata::Config* found = given(json, "behavior");
  if (found == nullptr) return fallback;
  const std::string& name = found->string();
  if (name == "Isolated") return Behaviour::isolated;
  if (name == "Removed") return Behaviour::removed;
  if (name == "MergedWithPrevious") return Behaviour::merged_with_previous;
  if (name == "MergedWithNext") return Behaviour::merged_with_next;
  if (name == "Contiguous") return Behaviour::contiguous;
  throw strata::Error("E_TOKENIZER_COMPONENT", found->place(),
                      "the behaviour '" + strata::printable(name, 60) + "' is unknown",
                      "known: Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous");
}

Matcher matches_of(bool (*is_match)(std::int32_t)) {
  return [is_match](std::string_view text, const MatchFunction& each) {
    std::size_t begin = 0, at = 0;
    while (at < text.size()) {
      const Char one = char_at(text, at);
      if (is_match(one.code)) {
        if (at > begin) each(text.substr(begin, at - begin), false);
        each(one.bytes, true);
        begin = at + one.bytes.size();
      }
      at += one.bytes.size();
    }
    if (at > begin) each(text.substr(begin), false);
  };
}

void split(std::string_view text, const Matcher& matcher, Behaviour behaviour, bool invert, const PieceFunction& each) {
  if (behaviour == Behaviour::isolated || behaviour == Behaviour::removed) {
    matcher(text, [&](std::string_view piece, bool is_match) {
      if (behaviour == Behaviour::isolated || is_match == invert) each(piece);
    });
    return;
  }
  std::vector<Part> parts;
  matcher(text, [&](std::string_view piece, bool is_match) { parts.push_back({piece, is_match != invert}); });
  if (behaviour == Behaviour::merged_with_previous) parts = with_previous(parts);
  if (behaviour == Behaviour::merged_with_next) parts = with_next(parts);
  if (behaviour == Behaviour::contiguous) parts = contiguous(parts);
  for (const Part& part : parts) each(part.text);
}

}  // namespace hf

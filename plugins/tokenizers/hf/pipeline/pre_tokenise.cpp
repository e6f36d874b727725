// Pre-tokenisers.
#include "pre_tokenise.hpp"

#include <memory>

#include "../alphabet.hpp"
#include "components.hpp"
#include "metaspace.hpp"
#include "pieces.hpp"
#include "splits.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;

// Words and runs of signs; a word is what Unicode's annex 18 says.
constexpr const char* kWords =
    R"([\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}]+)"
    R"(|[^\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}\s]+)";

PreTokeniser by(Matcher matcher, Behaviour behaviour, bool invert = false) {
  return
      [matcher = std::move(matcher), behaviour, invert](std::string_view piece, bool first, const CutFunction& each) {
        split(piece, matcher, behaviour, invert,
              [&](std::string_view part) { each(part, first && part.data() == piece.data()); });
      };
}
Matcher by_pattern(const std::string& pattern, const std::string& place) {
  const auto pieces = std::make_shared<const Pieces>(pattern, place);
  return [pieces](std::string_view text, const MatchFunction& each) { pieces->for_each_match(text, each); };
}

// Bytes as they are when `keep`, else as the characters of GPT-2.
void add_byte_level(const Config& json, bool keep, std::vector<PreTokeniser>& out) {
  if (flag(json, "add_prefix_space", true)) {
    out.emplace_back([](std::string_view piece, bool first, const CutFunction& each) {
      if (!piece.empty() && piece.front() == ' ') return each(piece, first);
      each(" " + std::string(piece), first);
    });
  }
  if (flag(json, "use_regex", true)) out.push_back(by(by_pattern(kGpt2Pattern, json.place()), Behaviour::isolated));
  if (keep) return;
  out.emplace_back(
      [](std::string_view piece, bool first, const CutFunction& each) { each(to_characters(piece), first); });
}

void add(const Config& json, std::vector<PreTokeniser>& out) {
  const std::string type = json.at("type").string();
  if (type == "BertPreTokenizer") {
    out.push_back(by(matches_of(is_white_space), Behaviour::removed));
    out.push_back(by(matches_of(is_punctuation), Behaviour::isolated));
  } else if (type == "Whitespace") {
    out.push_back(by(by_pattern(kWords, json.place()), Behaviour::removed, true));
  } else if (type == "WhitespaceSplit") {
    out.push_back(by(matches_of(is_white_space), Behaviour::removed));
  } else if (type == "Punctuation") {
    out.push_back(by(matches_of(is_punctuation), behaviour_of(json, Behaviour::isolated)));
  } else if (type == "Digits") {
    const bool each = flag(json, "individual_digits", false);
    out.push_back(by(matches_of(is_numeric), each ? Behaviour::isolated : Behaviour::contiguous));
  } else if (type == "CharDelimiterSplit") {
    out.push_back(by(by_pattern(literal_pattern(json.at("delimiter").string()), json.place()), Behaviour::removed));
  } else if (type == "Split") {
    out.push_back(by(by_pattern(pattern_of(json.at("pattern")), json.place_of("pattern")),
                     behaviour_of(json, Behaviour::isolated), flag(json, "invert", false)));
  } else if (type == "Metaspace") {
    const Metaspace space = Metaspace::of(json);
    const Matcher marks = by_pattern(literal_pattern(space.mark), json.place());
    out.emplace_back([space, marks](std::string_view piece, bool first, const CutFunction& each) {
      const std::string marked = space.marked(piece, first);
      if (!space.split) return each(marked, first);
      split(marked, marks, Behaviour::merged_with_next, false,
            [&](std::string_view part) { each(part, first && part.data() == marked.data()); });
    });
  } else {
    unknown_component(
        json, "pre_tokenizer",
        "ByteLevel, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits, CharDelimiterSplit, "
        "Split, Metaspace, Sequence");
  }
}

}  // namespace

std::vector<PreTokeniser> make_pre_tokenisers(const Config* json, bool& bytes) {
  std::vector<const Config*> components;
  for_each_component(json, "pretokenizers", [&](const Config& one) { components.push_back(&one); });
  const Config byte_level("ByteLevel");
  bytes = bytes && !components.empty() && components.back()->at("type") == byte_level;
  std::vector<PreTokeniser> out;
  for (const Config* one : components) {
    if (one->at("type") == byte_level)
      add_byte_level(*one, bytes && one == components.back(), out);
    else
      add(*one, out);
  }
  return out;
}

}  // namespace hf

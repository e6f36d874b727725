// Utf8Stream and replace_invalid_utf8 against the Unicode standard's own examples, and against all encodings there are.
#include "strata/text/utf8_stream.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <unordered_set>

#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/core/utf8.hpp"

using namespace strata;

namespace {

const std::string kReplacement = "\xef\xbf\xbd";

std::string encoded(std::uint32_t point) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0U | (point >> 6U)), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0U | (point >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)};
}

// The encodings of all characters, and all their proper beginnings.
struct Encodings {
  Encodings() {
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
      if (point >= 0xD800 && point < 0xE000) continue;
      const std::string bytes = encoded(point);
      whole.insert(bytes);
      for (std::size_t length = 1; length < bytes.size(); ++length) begun.insert(bytes.substr(0, length));
    }
  }
  std::unordered_set<std::string> whole, begun;
};

// Section 3.9 of Unicode 15, word for word.
std::string expected(const std::string& text) {
  static const Encodings encodings;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t whole = 0, begun = 0;
    for (std::size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
      const std::string part = text.substr(at, length);
      if (encodings.whole.contains(part)) whole = length;
      if (encodings.begun.contains(part)) begun = length;
    }
    out += whole > 0 ? text.substr(at, whole) : kReplacement;
    at += whole > 0 ? whole : std::max<std::size_t>(begun, 1);
  }
  return out;
}

// The text through a stream, cut after each byte whose bit is set.
std::string streamed(const std::string& text, const std::vector<bool>& cut_after) {
  Utf8Stream stream;
  std::string out;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const std::string part = stream.add(std::string_view(text).substr(begin, end - begin));
    if (utf8_fault(part) != std::string::npos) BOOST_ERROR("add() gives a part of a character");
    // Nothing but the beginning of one character is kept back.
    const std::string so_far = expected(text.substr(0, end));
    out += part;
    if (so_far != out && so_far != out + kReplacement) BOOST_ERROR("a complete character was kept back");
    begin = end;
  };
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (cut_after[i]) add(i + 1);
  }
  add(text.size());
  out += stream.finish();
  BOOST_TEST(stream.finish().empty());
  return out;
}

// All cuts in two, and one byte at a time; all cuts at all for short texts. Returns the number of cuts.
std::size_t cut_everywhere(const std::string& text) {
  const std::string whole = expected(text);
  BOOST_TEST(replace_invalid_utf8(text) == whole);
  std::size_t unlike = 0, cuts = 0;
  const auto take = [&](const std::vector<bool>& cut_after) {
    unlike += streamed(text, cut_after) == whole ? 0 : 1;
    ++cuts;
  };
  take(std::vector<bool>(text.size(), true));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::vector<bool> cut_after(text.size());
    cut_after[at] = true;
    take(cut_after);
  }
  constexpr std::size_t kShort = 8;
  for (std::size_t bits = 0; text.size() <= kShort && bits < std::size_t{1} << text.size(); ++bits) {
    std::vector<bool> cut_after(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) cut_after[i] = (bits >> i & 1U) != 0;
    take(cut_after);
  }
  BOOST_TEST(unlike == 0U, "cuts of a text of " << text.size() << " bytes");
  return cuts;
}

std::string replaced(std::size_t count) {
  std::string text;
  for (; count > 0; --count) text += kReplacement;
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(utf8_stream)

// Tables 3-8 to 3-11 of Unicode 15.
BOOST_AUTO_TEST_CASE(the_examples_of_the_standard) {
  BOOST_TEST(replace_invalid_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == replaced(8) + "A");
  BOOST_TEST(replace_invalid_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == replaced(8) + "A");
  BOOST_TEST(replace_invalid_utf8("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == replaced(5) + "A" + replaced(2) + "B");
  BOOST_TEST(replace_invalid_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == replaced(4) + "A");
}

// What a byte is after another one decides all rules but those of the length.
BOOST_AUTO_TEST_CASE(all_pairs_of_bytes) {
  int unlike = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const char* rest : {"", "\x80", "\x80\xbf", "A"}) {
        const std::string text = std::string{static_cast<char>(first), static_cast<char>(second)} + rest;
        unlike += replace_invalid_utf8(text) == expected(text) ? 0 : 1;
      }
    }
  }
  BOOST_TEST(unlike == 0);
}

BOOST_AUTO_TEST_CASE(whole_characters_come_at_once) {
  Utf8Stream stream;
  BOOST_TEST(stream.add("") == "");
  BOOST_TEST(stream.add("a\xe2\x82") == "a");
  BOOST_TEST(stream.add("") == "");
  BOOST_TEST(stream.add("\xac\xf0") == "\xe2\x82\xac");
  BOOST_TEST(stream.add("\x9f") == "");
  BOOST_TEST(stream.add("\x99") == "");
  BOOST_TEST(stream.add("\x82!\xc3") == "\xf0\x9f\x99\x82!");
  BOOST_TEST(stream.finish() == kReplacement);
  BOOST_TEST(stream.finish() == "");
  BOOST_TEST(stream.add("\xa9") == kReplacement);  // as new: what came before is gone
  BOOST_TEST(stream.add("\xe2\x82") == "");
  BOOST_TEST(stream.add("x") == kReplacement + "x");
}

// Strings of the bytes at the bounds of table 3-7; a run prints its seed.
BOOST_AUTO_TEST_CASE(every_cut_of_random_bytes_gives_the_same_text) {
  const std::uint64_t seed = 20262;
  Rng random(seed, "test/utf8");
  const std::string bounds =
      "A\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff\x82\xac";
  std::size_t cuts = 0;
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (std::uint64_t left = 1 + random.below(i < 300 ? 8 : 40); left > 0; --left) {
      // Whole characters between the others, so that not all is invalid.
      if (random.below(3) == 0) {
        std::uint32_t point = 0;
        do point = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << (7 + random.below(14))));
        while (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000));
        text += encoded(point);
      } else {
        text += bounds[random.below(bounds.size())];
      }
    }
    cuts += cut_everywhere(text);
  }
  BOOST_TEST_MESSAGE("400 strings in " << cuts << " cuts, seed " << seed);
}

BOOST_AUTO_TEST_CASE(every_cut_of_hard_texts_gives_the_same_text) {
  const char* data = std::getenv("STRATA_DATA");
  if (data == nullptr) {
    BOOST_TEST_MESSAGE("skip: STRATA_DATA is not set");
    return;
  }
  const Config vectors = read_json(std::string(data) + "/tokenizers/llamacpp-test-vectors.json");
  std::size_t cuts = 0;
  for (const Config& input : vectors.at("inputs").items()) {
    const std::string& text = input.string();
    BOOST_TEST(replace_invalid_utf8(text) == text);
    if (!text.empty()) cuts += cut_everywhere(text);
  }
  BOOST_TEST_MESSAGE(vectors.at("inputs").items().size() << " texts in " << cuts << " cuts");
}

BOOST_AUTO_TEST_SUITE_END()

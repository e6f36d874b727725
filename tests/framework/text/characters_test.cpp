// Characters: kinds of published code points, whatever table the library brings, and bytes that are none.
#include "strata/text/characters.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "strata/text/one_line.hpp"

using namespace strata;

BOOST_AUTO_TEST_SUITE(characters)

BOOST_AUTO_TEST_CASE(kinds_of_published_code_points) {
  struct Kind {
    CharacterKind kind;
    std::vector<std::string> texts;
  };
  // The general categories as UnicodeData.txt has them.
  const std::vector<Kind> kinds = {
      {CharacterKind::letter,
       {"a", "Z", "\u00e9", "\u00aa", "\u01c5", "\u02b0", "\u0416", "\u05d0", "\u0645", "\u0e01", "\u4e2d", "\uac00",
        "\u30a2", "\U00020000", "\U00010400"}},
      {CharacterKind::mark, {"\u0301", "\u05b4", "\u093e", "\u0e31", "\u20e3", "\u3099", "\ufe0f", "\U000e0100"}},
      {CharacterKind::number,
       {"0", "9", "\u0661", "\u0967", "\u00b2", "\u00bd", "\u2160", "\u3007", "\uff11", "\U0001d7ce"}},
      {CharacterKind::space, {" ",      "\t",     "\n",     "\v",     "\f",
                              "\r",     "\x01",   "\x1f",   "\u0085", "\u00a0",
                              "\u1680", "\u2000", "\u2003", "\u200a", "\u2028",
                              "\u2029", "\u202f", "\u205f", "\u3000", std::string(1, '\0')}},
      {CharacterKind::sign, {"-",      "_",      "@",      "\x7f",   "\u00ab", "\u00b7", "\u2019",     "\u201c",
                             "\u2026", "\u3002", "\uff0c", "\u20ac", "\u2581", "\u200b", "\u200d",     "\u00ad",
                             "\ufeff", "\u061c", "\u0080", "\ue000", "\u0378", "\uffff", "\U0001f642", "\U0010ffff"}},
  };
  std::size_t count = 0;
  for (const Kind& kind : kinds) {
    for (const std::string& text : kind.texts) {
      const std::string around = "a" + text + "b";
      const Character one = character_at(around, 1);
      BOOST_TEST(one.bytes == text);
      BOOST_TEST((one.kind == kind.kind), "character " << count << " '" << text << "'");
      ++count;
    }
  }
  BOOST_TEST_MESSAGE(count << " code points");
}

BOOST_AUTO_TEST_CASE(a_bad_byte_stands_alone) {
  for (const std::string text : {"\xff", "\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const Character one = character_at(text, at);
      BOOST_TEST(one.bytes.size() == 1U);
      BOOST_TEST((one.kind == CharacterKind::invalid));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_line_has_no_line_ends) {
  BOOST_TEST(one_line("a\nb\r\nc\t\u2028d\n") == "a b  c\t\u2028d ");
  BOOST_TEST(one_line("").empty());
}

BOOST_AUTO_TEST_SUITE_END()

// Tokenizers, lower case and white space against Python's.
#include "strata/score/tokenize.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "framework/score/golden.hpp"
#include "strata/core/error.hpp"

using strata::bleu_tokens;
using strata::BleuTokenize;

namespace {
std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : "|") + word;
  return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(tokenize)

// Expected values by hand from the rules of mteval-v13a.pl and mteval-v14.pl.
BOOST_AUTO_TEST_CASE(known_lines) {
  const auto t13a = [](const char* line) { return joined(bleu_tokens(line, BleuTokenize::mteval13a)); };
  BOOST_TEST(t13a("Hello, world!") == "Hello|,|world|!");
  BOOST_TEST(t13a("It costs $1,234.50, or 10-12.") == "It|costs|$|1,234.50|,|or|10|-|12|.");
  BOOST_TEST(t13a("a &quot;b&quot; &amp;lt; <skipped>c") == "a|\"|b|\"|<|c");
  BOOST_TEST(t13a("don't well-known") == "don't|well-known");
  BOOST_TEST(t13a("   ") == "");
  const auto intl = [](const char* line) { return joined(bleu_tokens(line, BleuTokenize::intl)); };
  BOOST_TEST(intl("„Ja“, 1.000 € 5.") == "„|Ja|“|,|1.000|€|5.");
  BOOST_TEST(joined(bleu_tokens("ab \u3000ü", BleuTokenize::characters)) == "a|b|ü");
  BOOST_TEST(joined(bleu_tokens("A\u00a0B\x1d\u0085"
                                "C",
                                BleuTokenize::none, true)) == "a|b|c");
  BOOST_TEST(bleu_tokens("", BleuTokenize::spaces).size() == 1U);
  BOOST_TEST(bleu_tokens("a  b\u00a0c ", BleuTokenize::spaces).size() == 3U);
  BOOST_TEST(bleu_tokens("", BleuTokenize::none).empty());
}

BOOST_AUTO_TEST_CASE(lower_case_is_pythons) {
  std::size_t count = 0;
  for (const auto& row : golden::rows("lower.tsv")) {
    BOOST_TEST(strata::lower_case(row.at(0)) == row.at(1), row[0] << " -> " << strata::lower_case(row[0]));
    ++count;
  }
  BOOST_TEST(count > 400U);
  BOOST_TEST(strata::lower_case("\u0130I") == "i\u0307i");
  BOOST_TEST(strata::lower_case("\u039f\u0394\u039f\u03a3") == "\u03bf\u03b4\u03bf\u03c2");
}

BOOST_AUTO_TEST_CASE(a_long_line_of_sigmas_takes_linear_time) {
  std::string line = "A";
  for (int i = 0; i < 20000; ++i) line += "\u03a3'";
  BOOST_TEST(strata::lower_case(line).size() == line.size());
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_an_error) {
  for (const std::string text : {"a\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80"}) {
    BOOST_CHECK_EXCEPTION(bleu_tokens(text, BleuTokenize::none), strata::Error,
                          [](const strata::Error& error) { return error.code() == "E_DATA_UTF8"; });
  }
}

BOOST_AUTO_TEST_CASE(names) {
  for (const char* name : {"13a", "intl", "none", "char", "spaces"}) {
    BOOST_TEST(strata::name_of(strata::bleu_tokenize(name)) == name);
  }
  BOOST_CHECK_EXCEPTION(strata::bleu_tokenize("14a"), strata::Error, [](const strata::Error& error) {
    return error.exit() == strata::Exit::usage && error.hint().find("intl") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

// BLEU against the reference scorer (golden files), a published value, and small cases by hand.
#include "strata/score/bleu.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/score/golden.hpp"
#include "strata/core/error.hpp"

using strata::Bleu;
using strata::BleuOptions;
using strata::BleuSmooth;
using strata::BleuTokenize;

namespace {

BleuOptions options_of(const golden::Case& item) {
  static const std::map<std::string, BleuSmooth> kSmooth = {
      {"none", BleuSmooth::none}, {"floor", BleuSmooth::floor}, {"add-k", BleuSmooth::add_k}, {"exp", BleuSmooth::exp}};
  BleuOptions options;
  if (!item.option("tok").empty()) options.tokenize = strata::bleu_tokenize(item.option("tok"));
  options.lowercase = item.option("lc") == "1";
  if (!item.option("smooth").empty()) options.smooth = kSmooth.at(item.option("smooth"));
  options.effective_order = item.option("eff") == "1";
  return options;
}

Bleu run(const golden::Lines& lines, const golden::Case& item) {
  Bleu bleu(options_of(item));
  for (std::size_t i = item.first; i < item.first + item.count; ++i) {
    bleu.add(lines.hypotheses[i], lines.of(i, item.references));
  }
  return bleu;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == at) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string without_bpe(std::string text) {
  for (std::size_t at; (at = text.find("@@ ")) != std::string::npos;) text.erase(at, 3);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bleu)

BOOST_AUTO_TEST_CASE(equals_the_reference_scorer) {
  const golden::Lines lines;
  double largest = 0;
  int scores = 0, signatures = 0;
  for (const auto& row : golden::rows("scores.tsv")) {
    const golden::Case item(row);
    if (item.metric == "bleu") {
      const double difference = std::abs(run(lines, item).score().score - std::stod(item.expected));
      BOOST_TEST(difference <= 1e-9, item.setting << " line " << item.first << " differs by " << difference);
      largest = std::max(largest, difference);
      ++scores;
    } else if (item.metric == "bleu-signature") {
      BOOST_TEST(run(lines, item).signature() == item.expected + "|version:strata-0.1.0");
      ++signatures;
    }
  }
  BOOST_TEST_MESSAGE(scores << " BLEU scores, largest difference " << largest << " (tolerance 1e-9), " << signatures
                            << " signatures");
  BOOST_TEST(scores > 2000);
  BOOST_TEST(signatures == 24);
}

// The value published with tensorflow/nmt counts an empty output as one empty token; the reference scorer does not.
BOOST_AUTO_TEST_CASE(published_vector) {
  const char* data = std::getenv("STRATA_DATA");
  const std::string path = std::string(data ? data : "") + "/bleu-vectors/deen.output-refbpe-refspm.tsv.gz";
  std::FILE* found = data ? std::fopen(path.c_str(), "rb") : nullptr;
  if (!found) {
    BOOST_TEST_MESSAGE("skipped: no STRATA_DATA/bleu-vectors");
    return;
  }
  std::fclose(found);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(("gzip -dc '" + path + "'").c_str(), "r"), pclose);
  BOOST_REQUIRE(pipe);
  std::string text(1 << 16, '\0'), all;
  for (std::size_t n; (n = std::fread(text.data(), 1, text.size(), pipe.get())) > 0;) all.append(text, 0, n);

  BleuOptions as_nmt, as_reference;
  as_nmt.tokenize = BleuTokenize::spaces;
  as_nmt.smooth = BleuSmooth::none;
  as_reference.tokenize = BleuTokenize::none;
  Bleu nmt(as_nmt), reference(as_reference);
  int count = 0;
  for (const std::string& line : split(all, '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string> columns = split(line, '\t');
    BOOST_REQUIRE_EQUAL(columns.size(), 3U);
    nmt.add(without_bpe(columns[0]), without_bpe(columns[1]));
    reference.add(without_bpe(columns[0]), without_bpe(columns[1]));
    ++count;
  }
  BOOST_TEST(count == 3000);
  BOOST_TEST_MESSAGE("nmt " << nmt.score().score << ", reference scorer " << reference.score().score);
  BOOST_TEST(std::abs(nmt.score().score - 22.5855084573) < 1e-9);
  BOOST_TEST(std::abs(reference.score().score - 22.584677521) < 1e-9);
}

// By hand: 5 of 6 words, 3 of 5 pairs, 2 of 4, 1 of 3; lengths 6 and 6.
BOOST_AUTO_TEST_CASE(small_case_by_hand) {
  Bleu bleu;
  bleu.add("the cat sat on the mat", "the cat sat on a mat");
  const strata::BleuScore score = bleu.score();
  BOOST_TEST(std::abs(score.score - 100 * std::pow(5. / 6 * 3 / 5 * 2 / 4 * 1 / 3, 0.25)) < 1e-12);
  BOOST_TEST(score.details() == "83.3/60.0/50.0/33.3 (BP = 1.000 ratio = 1.000 hyp_len = 6 ref_len = 6)");
}

BOOST_AUTO_TEST_CASE(edges) {
  BOOST_TEST(Bleu().score().score == 0);
  Bleu empty;
  empty.add("", "a b c");
  BOOST_TEST(empty.score().score == 0);
  BOOST_TEST(empty.score().brevity_penalty == 0);
  Bleu none;
  none.add("x y", "a b");
  BOOST_TEST(none.score().score == 0);
  BOOST_CHECK_THROW(none.add("x", std::vector<std::string>{}), strata::Error);
  BOOST_CHECK_EXCEPTION(strata::corpus_bleu({"a", "b"}, {{"a"}}), strata::Error, [](const strata::Error& error) {
    return error.code() == "E_DATA_UNEQUAL" && error.message() == "2 hypotheses, 1 references";
  });
}

BOOST_AUTO_TEST_CASE(statistics_add_up) {
  const golden::Lines lines;
  Bleu whole, first, second;
  for (std::size_t i = 0; i < 200; ++i) {
    whole.add(lines.hypotheses[i], lines.references[i]);
    (i < 77 ? first : second).add(lines.hypotheses[i], lines.references[i]);
  }
  first.add_statistics(second.statistics());
  BOOST_TEST(first.score().score == whole.score().score);
  BOOST_TEST(strata::corpus_bleu(lines.hypotheses, {lines.references}).signature() == whole.signature());
  whole.add("a", std::vector<std::string>{"a", "b"});
  BOOST_TEST(whole.signature().substr(0, 10) == "nrefs:var|");
}

BOOST_AUTO_TEST_SUITE_END()

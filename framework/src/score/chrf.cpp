// chrF from additive statistics; the arithmetic follows the reference scorer step by step.
#include "strata/score/chrf.hpp"

#include <fmt/format.h>

#include <numeric>

#include "score/ngrams.hpp"
#include "score/signature.hpp"
#include "score/unicode.hpp"
#include "strata/core/error.hpp"
#include "strata/score/tokenize.hpp"

namespace strata {
namespace {

bool is_ascii_mark(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// White space cuts words, then one mark of ASCII punctuation is cut off: at the end, else at the beginning.
std::vector<std::string> chrf_words(const std::u32string& text) {
  std::vector<std::string> words;
  const auto push = [&](std::u32string_view word) {
    words.emplace_back();
    for (const char32_t c : word) detail::append_utf8(words.back(), c);
  };
  const std::u32string_view view = text;
  for (std::size_t at = 0; at < view.size();) {
    while (at < view.size() && detail::is_white(view[at])) ++at;
    std::size_t end = at;
    while (end < view.size() && !detail::is_white(view[end])) ++end;
    const std::u32string_view word = view.substr(at, end - at);
    at = end;
    if (word.empty()) continue;
    if (word.size() > 1 && is_ascii_mark(word.back())) {
      push(word.substr(0, word.size() - 1));
      push(word.substr(word.size() - 1));
    } else if (word.size() > 1 && is_ascii_mark(word.front())) {
      push(word.substr(0, 1));
      push(word.substr(1));
    } else {
      push(word);
    }
  }
  return words;
}

// A line as its two sequences of symbols.
struct Line {
  std::u32string characters, words;
};

Line prepare(std::string_view text, const ChrfOptions& options, detail::WordNumbers& number) {
  std::u32string points = detail::decode_utf8(text);
  if (options.lowercase) points = detail::lower_case(points);
  Line line;
  if (options.word_order > 0) line.words = number(chrf_words(points));
  for (const char32_t c : points) {
    if (options.whitespace || !detail::is_white(c)) line.characters += c;
  }
  return line;
}

std::vector<detail::NgramCounts> count(const Line& line, const ChrfOptions& options) {
  std::vector<detail::NgramCounts> counts;
  for (int n = 1; n <= options.char_order; ++n) {
    counts.push_back(detail::count_ngrams(line.characters, static_cast<std::size_t>(n)));
  }
  for (int n = 1; n <= options.word_order; ++n) {
    counts.push_back(detail::count_ngrams(line.words, static_cast<std::size_t>(n)));
  }
  return counts;
}

std::int64_t total(const detail::NgramCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& entry) { return sum + entry.second; });
}

double f_score(const std::vector<std::int64_t>& statistics, const ChrfOptions& options) {
  constexpr double kEps = 1e-16;
  const double factor = static_cast<double>(options.beta) * options.beta;
  double score = 0, precisions = 0, recalls = 0;
  int orders = 0;
  for (std::size_t i = 0; i + 2 < statistics.size(); i += 3) {
    const auto hypothesis = static_cast<double>(statistics[i]), reference = static_cast<double>(statistics[i + 1]),
               hits = static_cast<double>(statistics[i + 2]);
    const double precision = hypothesis > 0 ? hits / hypothesis : kEps;
    const double recall = reference > 0 ? hits / reference : kEps;
    const double denominator = factor * precision + recall;
    score += denominator > 0 ? (1 + factor) * precision * recall / denominator : kEps;
    if (hypothesis > 0 && reference > 0) {
      precisions += precision;
      recalls += recall;
      ++orders;
    }
  }
  if (options.eps_smoothing) return 100 * score / (options.char_order + options.word_order);
  if (orders == 0) return 0;
  precisions /= orders;
  recalls /= orders;
  if (precisions + recalls == 0) return 0;
  // F_beta = (1 + beta^2) P R / (beta^2 P + R)
  return 100 * ((1 + factor) * precisions * recalls / (factor * precisions + recalls));
}

}  // namespace

Chrf::Chrf(ChrfOptions options)
    : options_(options), statistics_(3 * static_cast<std::size_t>(options.char_order + options.word_order), 0) {}

void Chrf::reset() { *this = Chrf(options_); }

void Chrf::add(std::string_view hypothesis, std::string_view reference) {
  add(hypothesis, std::vector<std::string>{std::string(reference)});
}

void Chrf::add(std::string_view hypothesis, const std::vector<std::string>& references) {
  if (references.empty()) throw Error("E_USAGE_REFERENCES", "chrf", "a line has no reference", "give at least one");
  detail::WordNumbers number;
  const Line line = prepare(hypothesis, options_, number);
  const std::vector<detail::NgramCounts> of_hypothesis = count(line, options_);

  std::vector<std::int64_t> best, candidate;
  double best_score = -1;
  for (const std::string& reference : references) {
    const Line reference_line = prepare(reference, options_, number);
    const std::vector<detail::NgramCounts> of_reference = count(reference_line, options_);
    candidate.clear();
    for (std::size_t i = 0; i < of_hypothesis.size(); ++i) {
      // An order that the reference is too short for counts for neither side.
      candidate.push_back(of_reference[i].empty() ? 0 : total(of_hypothesis[i]));
      candidate.push_back(total(of_reference[i]));
      candidate.push_back(detail::matches(of_hypothesis[i], of_reference[i]));
    }
    const double score = f_score(candidate, options_);
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  references_ = detail::reference_count(references_, references.size());
  detail::add_statistics("chrf", statistics_, best);
}

double Chrf::score() const { return f_score(statistics_, options_); }

std::string Chrf::name() const {
  return fmt::format("chrF{}{}", options_.beta, std::string(static_cast<std::size_t>(options_.word_order), '+'));
}

std::string Chrf::signature() const {
  return fmt::format("nrefs:{}|case:{}|eff:{}|nc:{}|nw:{}|space:{}|version:{}", detail::reference_field(references_),
                     options_.lowercase ? "lc" : "mixed", options_.eps_smoothing ? "no" : "yes", options_.char_order,
                     options_.word_order, options_.whitespace ? "yes" : "no", detail::kScorerVersion);
}

void Chrf::add_statistics(const std::vector<std::int64_t>& other) {
  detail::add_statistics("chrf", statistics_, other);
  if (references_ == 0) references_ = 1;
}

Chrf corpus_chrf(const std::vector<std::string>& hypotheses, const std::vector<std::vector<std::string>>& references,
                 const ChrfOptions& options) {
  Chrf chrf(options);
  detail::for_each_line(
      "chrf", hypotheses, references,
      [&](const std::string& hypothesis, const std::vector<std::string>& of_line) { chrf.add(hypothesis, of_line); });
  return chrf;
}

}  // namespace strata

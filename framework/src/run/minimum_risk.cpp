// Expected utilities: equal texts are compared once.
#include "run/minimum_risk.hpp"

#include <map>

#include "strata/score/bleu.hpp"
#include "strata/score/chrf.hpp"

namespace strata::detail {
namespace {

double similarity(const std::string& text, const std::string& other, Utility utility) {
  if (utility == Utility::chrf) {
    Chrf chrf;
    chrf.add(text, other);
    return chrf.score();
  }
  BleuOptions options;
  options.effective_order = true;
  Bleu bleu(options);
  bleu.add(text, other);
  return bleu.score().score;
}

}  // namespace

std::vector<double> expected_utilities(const std::vector<std::string>& texts, Utility utility) {
  std::map<std::string, double> times, means;
  for (const std::string& text : texts) times[text] += 1;
  for (const auto& [text, own] : times) {
    double total = own > 1 ? (own - 1) * similarity(text, text, utility) : 0;  // its like
    for (const auto& [other, count] : times) {
      if (other != text) total += count * similarity(text, other, utility);
    }
    means[text] = texts.size() > 1 ? total / static_cast<double>(texts.size() - 1) : 0;
  }
  std::vector<double> out;
  for (const std::string& text : texts) out.push_back(means[text]);
  return out;
}

}  // namespace strata::detail

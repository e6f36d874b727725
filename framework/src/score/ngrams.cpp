// N-grams are counted by sorting views: no allocation an n-gram, and no hash that an unlucky text could defeat.
#include "score/ngrams.hpp"

#include <algorithm>

namespace strata::detail {

NgramCounts count_ngrams(std::u32string_view symbols, std::size_t n) {
  std::vector<std::u32string_view> grams;
  if (symbols.size() >= n) {
    grams.reserve(symbols.size() - n + 1);
    for (std::size_t i = 0; i + n <= symbols.size(); ++i) grams.push_back(symbols.substr(i, n));
  }
  std::sort(grams.begin(), grams.end());
  NgramCounts counts;
  for (const std::u32string_view gram : grams) {
    if (counts.empty() || counts.back().first != gram) counts.emplace_back(gram, 0);
    ++counts.back().second;
  }
  return counts;
}

NgramCounts union_of(const NgramCounts& a, const NgramCounts& b) {
  NgramCounts out;
  out.reserve(a.size() + b.size());
  auto x = a.begin(), y = b.begin();
  while (x != a.end() || y != b.end()) {
    if (y == b.end() || (x != a.end() && x->first < y->first)) {
      out.push_back(*x++);
    } else if (x == a.end() || y->first < x->first) {
      out.push_back(*y++);
    } else {
      out.emplace_back(x->first, std::max(x->second, y->second));
      ++x;
      ++y;
    }
  }
  return out;
}

std::int64_t matches(const NgramCounts& a, const NgramCounts& b) {
  std::int64_t sum = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    const int order = x->first.compare(y->first);
    if (order == 0) sum += std::min(x->second, y->second);
    if (order <= 0) ++x;
    if (order >= 0) ++y;
  }
  return sum;
}

std::u32string WordNumbers::operator()(const std::vector<std::string>& words) {
  std::u32string symbols;
  symbols.reserve(words.size());
  for (const std::string& word : words) {
    symbols += numbers_.try_emplace(word, static_cast<char32_t>(numbers_.size())).first->second;
  }
  return symbols;
}

}  // namespace strata::detail

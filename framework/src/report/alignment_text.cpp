// Alignments for programs: JSON lines and Pharaoh pairs.
#include <fmt/format.h>

#include "report/alignment_check.hpp"
#include "report/text.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

std::string json_list(const std::vector<std::string>& tokens) {
  std::string out = "[";
  for (const std::string& token : tokens) {
    if (out.size() > 1) out += ',';
    out += detail::json_string(token);
  }
  return out + ']';
}

}  // namespace

void detail::check(const Alignment& alignment) {
  const std::size_t cells = alignment.target.size() * alignment.source.size();
  if (alignment.weights.size() == cells) return;
  throw Error("E_SHAPE_ALIGNMENT", "alignment",
              fmt::format("{} weights for {} target x {} source tokens", alignment.weights.size(),
                          alignment.target.size(), alignment.source.size()),
              "weights are [target][source], row by row");
}

std::string alignment_json(const Alignment& alignment) {
  detail::check(alignment);
  std::string out =
      "{\"source\":" + json_list(alignment.source) + ",\"target\":" + json_list(alignment.target) + ",\"weights\":[";
  for (std::size_t t = 0; t < alignment.target.size(); ++t) {
    out += t == 0 ? "[" : ",[";
    for (std::size_t s = 0; s < alignment.source.size(); ++s) {
      if (s > 0) out += ',';
      out += detail::json_number(alignment.at(t, s));
    }
    out += ']';
  }
  return out + "]}";
}

std::string alignment_pharaoh(const Alignment& alignment, double threshold) {
  detail::check(alignment);
  std::string out;
  const auto pair = [&](std::size_t s, std::size_t t) { out += fmt::format("{}{}-{}", out.empty() ? "" : " ", s, t); };
  for (std::size_t t = 0; t < alignment.target.size(); ++t) {
    std::size_t best = 0;
    for (std::size_t s = 0; s < alignment.source.size(); ++s) {
      if (alignment.at(t, s) > alignment.at(t, best)) best = s;
      if (threshold > 0 && alignment.at(t, s) >= threshold) pair(s, t);
    }
    if (threshold <= 0 && !alignment.source.empty()) pair(best, t);
  }
  return out;
}

}  // namespace strata

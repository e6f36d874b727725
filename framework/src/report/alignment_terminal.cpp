// Shaded cells for a terminal: 256 colours, or block characters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/alignment_check.hpp"
#include "report/text.hpp"

namespace strata {
namespace {

// From dark violet over green to yellow, so that the order shows on a dark and on a light terminal.
constexpr std::array kRamp = {53, 54, 60, 61, 67, 66, 72, 71, 113, 149, 190, 226};
constexpr std::array<const char*, 5> kShades = {" ", "░", "▒", "▓", "█"};
constexpr float kFaint = 0.05F;  // below, a colour cell stays a dot

std::string cell(float weight, int width, bool colour) {
  const float w = std::isfinite(weight) ? std::clamp(weight, 0.0F, 1.0F) : 0.0F;
  std::string out;
  if (!colour) {
    const char* shade = kShades[static_cast<std::size_t>(std::lround(w * (kShades.size() - 1)))];
    for (int i = 0; i < width; ++i) out += shade;
    return out;
  }
  if (w < kFaint) return std::string(static_cast<std::size_t>(width - 1), ' ') + "·";
  const auto level = std::min(kRamp.size() - 1, static_cast<std::size_t>(w * kRamp.size()));
  return fmt::format("\x1b[48;5;{}m{}\x1b[0m", kRamp[level], std::string(static_cast<std::size_t>(width), ' '));
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(0, count)), ' '); }

// "1 the  2 cat  3 sat", wrapped.
std::string legend(const std::vector<std::string>& source, std::size_t first, std::size_t end, int indent, int width) {
  std::string out;
  int used = 0;
  for (std::size_t s = first; s < end; ++s) {
    const std::string entry = detail::fit(fmt::format("{} {}", s + 1, source[s]), std::max(1, width - indent));
    const int columns = detail::columns(entry);
    if (used > 0 && used + 2 + columns > width) {
      out += '\n';
      used = 0;
    }
    out += used == 0 ? spaces(indent) : spaces(2);
    used += (used == 0 ? indent : 2) + columns;
    out += entry;
  }
  return out + '\n';
}

}  // namespace

std::string alignment_terminal(const Alignment& alignment, const AlignmentTerminal& terminal) {
  detail::check(alignment);
  const int width = std::max(20, terminal.width);
  std::vector<std::string> source, target;
  for (const std::string& token : alignment.source) source.push_back(detail::visible(token));
  int label = 0;
  for (const std::string& token : alignment.target) {
    target.push_back(detail::fit(detail::visible(token), width / 3));
    label = std::max(label, detail::columns(target.back()));
  }
  const int cell_width = source.size() < 100 ? 3 : 4;
  const auto fits = static_cast<std::size_t>(std::max(1, (width - label - 1) / cell_width));

  std::string out;
  for (std::size_t first = 0; first < source.size() || first == 0; first += fits) {
    const std::size_t end = std::min(source.size(), first + fits);
    out += spaces(label + 1);
    for (std::size_t s = first; s < end; ++s) out += fmt::format("{:>{}}", s + 1, cell_width);
    out += '\n';
    for (std::size_t t = 0; t < target.size(); ++t) {
      out += spaces(label - detail::columns(target[t])) + target[t] + ' ';
      for (std::size_t s = first; s < end; ++s) out += cell(alignment.at(t, s), cell_width, terminal.colour);
      out += '\n';
    }
    out += legend(source, first, end, label + 2, width);
  }
  return out;
}

}  // namespace strata

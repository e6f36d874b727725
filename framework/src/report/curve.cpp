// Draws lines with readable axes: ticks at 1, 2 or 5 times a power of ten, a grid, a legend.
#include "strata/report/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "report/text.hpp"

namespace strata {
namespace {

constexpr std::size_t kColours = 6;        // classes l0..l5 of the style
constexpr std::size_t kMostPoints = 2000;  // a line; more cannot be seen
constexpr const char* kStyle = R"(<style>
.paper{fill:#fff}text{font:12px system-ui,'DejaVu Sans',sans-serif;fill:#374151}.title{font-size:14px;font-weight:600;fill:#111827}
.grid{stroke:#e5e7eb}.axis{stroke:#9ca3af}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.l0{stroke:#2563eb}.l1{stroke:#ea580c}.l2{stroke:#16a34a}.l3{stroke:#9333ea}.l4{stroke:#dc2626}.l5{stroke:#0891b2}
.dot{stroke:none}.dot.l0{fill:#2563eb}.dot.l1{fill:#ea580c}.dot.l2{fill:#16a34a}.dot.l3{fill:#9333ea}.dot.l4{fill:#dc2626}.dot.l5{fill:#0891b2}
@media(prefers-color-scheme:dark){.paper{fill:#0f1115}text{fill:#c3c8d1}.title{fill:#f3f4f6}.grid{stroke:#2b303b}.axis{stroke:#6b7280}}
</style>
)";

struct Axis {
  double low = 0, high = 1, step = 1;
  bool used = false;

  // Widens to whole ticks, about `wanted` of them.
  void settle(int wanted) {
    if (!(high > low)) {
      const double pad = low == 0 ? 1 : std::abs(low) * 0.1;
      high = low + pad;
      low -= pad;
    }
    const double raw = (high - low) / wanted, power = std::pow(10.0, std::floor(std::log10(raw)));
    step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
    low = std::floor(low / step) * step;
    high = std::ceil(high / step) * step;
  }
  int ticks() const { return static_cast<int>(std::lround((high - low) / step)); }
  double tick(int i) const { return low + i * step; }
  double share(double value) const { return (value - low) / (high - low); }
  std::string label(int i) const {
    const double value = std::abs(tick(i)) < step * 1e-9 ? 0.0 : tick(i);
    const int digits = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
    if (std::abs(value) >= 1e7 || digits > 6) return fmt::format("{:.3g}", value);
    return fmt::format("{:.{}f}", value, digits);
  }
};

void widen(Axis& axis, double value) {
  axis.low = axis.used ? std::min(axis.low, value) : value;
  axis.high = axis.used ? std::max(axis.high, value) : value;
  axis.used = true;
}

// A point neither of whose numbers could be drawn is left out of everything.
bool drawable(const std::pair<double, double>& point) {
  constexpr double kLimit = 1e30;
  return std::abs(point.first) < kLimit && std::abs(point.second) < kLimit;
}

struct Canvas {
  Axis x, left, right;
  double x0, y0, width, height;  // of the inner field

  double across(double value) const { return x0 + width * x.share(value); }
  double down(const Axis& axis, double value) const { return y0 + height * (1 - axis.share(value)); }
};

std::string draw_grid(const Canvas& c) {
  std::string out;
  const double bottom = c.y0 + c.height, right = c.x0 + c.width;
  for (int i = 0; i <= c.x.ticks(); ++i) {
    const double at = c.across(c.x.tick(i));
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", at, c.y0,
                       bottom);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", at, bottom + 18,
                       c.x.label(i));
  }
  const Axis& lines = c.left.used ? c.left : c.right;
  for (int i = 0; i <= lines.ticks(); ++i) {
    const double at = c.down(lines, lines.tick(i));
    out += fmt::format("<line class=\"grid\" x1=\"{1:.1f}\" x2=\"{2:.1f}\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/>\n", at, c.x0,
                       right);
  }
  for (int i = 0; c.left.used && i <= c.left.ticks(); ++i) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", c.x0 - 8,
                       c.down(c.left, c.left.tick(i)) + 4, c.left.label(i));
  }
  for (int i = 0; c.right.used && i <= c.right.ticks(); ++i) {
    const double at = c.down(c.right, c.right.tick(i));
    out += fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", right,
                       right + 4, at);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", right + 8, at + 4, c.right.label(i));
  }
  return out + fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n", c.x0,
                           right, bottom);
}

std::string draw_line(const Canvas& c, const CurveLine& line, std::size_t colour) {
  const Axis& axis = line.right ? c.right : c.left;
  const std::size_t stride = line.points.size() / kMostPoints + 1;
  std::string path, dots;
  bool pen_down = false;
  for (std::size_t i = 0; i < line.points.size(); ++i) {
    if (i % stride != 0 && i + 1 != line.points.size()) continue;
    if (!drawable(line.points[i])) {
      pen_down = false;
      continue;
    }
    const double x = c.across(line.points[i].first), y = c.down(axis, line.points[i].second);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", x, y);
    pen_down = true;
    if (line.points.size() <= 40) {
      dots += fmt::format(
          "<circle class=\"dot l{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"><title>{}: {:.4g}</title></circle>", colour,
          x, y, detail::xml(line.name), line.points[i].second);
    }
  }
  if (path.empty()) return {};
  return fmt::format("<path class=\"line l{}\"{} d=\"{}\"/>{}\n", colour, line.right ? " stroke-dasharray=\"6 3\"" : "",
                     path, dots);
}

}  // namespace

std::string curve_svg(const CurvePlot& plot) {
  Canvas c{{}, {}, {}, 0, 0, 0, 0};
  for (const CurveLine& line : plot.lines) {
    for (const auto& point : line.points) {
      if (!drawable(point)) continue;
      widen(c.x, point.first);
      widen(line.right ? c.right : c.left, point.second);
    }
  }
  const bool empty = !c.x.used;
  if (c.x.used && c.x.low > 0 && c.x.low < 0.2 * c.x.high) c.x.low = 0;
  for (Axis* axis : {&c.x, &c.left, &c.right}) axis->settle(axis == &c.x ? 8 : 6);
  c.x0 = 64;
  c.y0 = 62;
  c.width = std::max(40, plot.width - 64 - (c.right.used ? 64 : 24));
  c.height = std::max(40, plot.height - 62 - 50);

  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n"
      "<title>{2}</title>\n{3}<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n"
      "<text class=\"title\" x=\"16\" y=\"24\">{2}</text>\n",
      plot.width, plot.height, detail::xml(plot.title), kStyle);
  double legend = 64;
  const double middle = c.y0 + c.height / 2;
  if (empty) {
    return out +
           fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">nothing to draw yet</text>\n</svg>\n",
                       c.x0 + c.width / 2, middle);
  }
  out += draw_grid(c);
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const CurveLine& line = plot.lines[i];
    if (line.points.empty()) continue;
    out += draw_line(c, line, i % kColours);
    const std::string name = detail::fit(detail::visible(line.name), 24) + (line.right ? " (right)" : "");
    out += fmt::format("<path class=\"line l{}\"{} d=\"M{:.1f} 44h22\"/><text x=\"{:.1f}\" y=\"48\">{}</text>\n",
                       i % kColours, line.right ? " stroke-dasharray=\"6 3\"" : "", legend, legend + 28,
                       detail::xml(name));
    legend += 28 + 7.2 * detail::columns(name) + 18;
  }
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", c.x0 + c.width / 2,
                     c.y0 + c.height + 40, detail::xml(plot.x_label));
  const auto side = [&](double x, const std::string& label) {
    out += fmt::format("<text transform=\"translate({:.1f},{:.1f})rotate(-90)\" text-anchor=\"middle\">{}</text>\n", x,
                       middle, detail::xml(label));
  };
  if (c.left.used) side(18, plot.left_label);
  if (c.right.used) side(plot.width - 10, plot.right_label);
  return out + "</svg>\n";
}

}  // namespace strata

// Heatmaps as one SVG picture: source tokens above, target tokens at the left.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/alignment_check.hpp"
#include "report/text.hpp"

namespace strata {
namespace {

constexpr int kCell = 24, kMargin = 16, kGap = 28;
constexpr int kLabelColumns = 24;   // longer labels are cut; their title has them whole
constexpr double kPerColumn = 7.4;  // pixels, generous for 12 px sans serif
constexpr double kSlope = 0.7071;   // source labels rise at 45 degrees

constexpr const char* kStyle = R"(<style>
.paper{fill:#fff}.frame{fill:#f3f4f6}.cell{fill:#1d4ed8}
text{font:12px system-ui,'DejaVu Sans',sans-serif;fill:#111827}
@media(prefers-color-scheme:dark){.paper{fill:#0f1115}.frame{fill:#1b1f27}.cell{fill:#7dabff}text{fill:#e5e7eb}}
</style>
)";

// One heatmap, measured before it is drawn.
struct Picture {
  const Alignment* alignment = nullptr;
  std::vector<std::string> source, target;
  int left = 0, top = 0, width = 0, height = 0;

  explicit Picture(const Alignment& of) : alignment(&of) {
    const auto labels = [](const std::vector<std::string>& tokens, std::vector<std::string>& out) {
      int widest = 0;
      for (const std::string& token : tokens) {
        out.push_back(detail::fit(detail::visible(token), kLabelColumns));
        widest = std::max(widest, detail::columns(out.back()));
      }
      return static_cast<int>(std::ceil(widest * kPerColumn));
    };
    const int up = labels(of.source, source);
    left = labels(of.target, target) + 8;
    top = static_cast<int>(std::ceil(up * kSlope)) + 14;
    width = left + kCell * static_cast<int>(source.size());
    height = top + kCell * static_cast<int>(target.size());
    // The last labels lean out to the right.
    for (std::size_t s = 0; s < source.size(); ++s) {
      const double reach = detail::columns(source[s]) * kPerColumn * kSlope;
      width = std::max(width, static_cast<int>(std::ceil(left + kCell * (static_cast<double>(s) + 0.5) + reach + 8)));
    }
  }

  void draw(std::string& out, int x0, int y0) const {
    out += fmt::format("<g transform=\"translate({},{})\">\n", x0, y0);
    const std::size_t columns = source.size(), rows = target.size();
    out += fmt::format("<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>\n", left, top,
                       kCell * columns, kCell * rows);
    for (std::size_t s = 0; s < columns; ++s) {
      const double x = left + kCell * (static_cast<double>(s) + 0.5) + 4;
      out += fmt::format("<text transform=\"translate({},{})rotate(-45)\"><title>{}</title>{}</text>\n", x, top - 6,
                         detail::xml(alignment->source[s]), detail::xml(source[s]));
    }
    for (std::size_t t = 0; t < rows; ++t) {
      const int y = top + kCell * static_cast<int>(t);
      out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\"><title>{}</title>{}</text>\n", left - 8,
                         y + kCell / 2 + 4, detail::xml(alignment->target[t]), detail::xml(target[t]));
      for (std::size_t s = 0; s < columns; ++s) {
        const float weight = alignment->at(t, s);
        const float shown = std::isfinite(weight) ? std::clamp(weight, 0.0F, 1.0F) : 0.0F;
        out += fmt::format(
            "<rect class=\"cell\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" fill-opacity=\"{:.3g}\">"
            "<title>{} → {}: {:.3f}</title></rect>\n",
            left + kCell * static_cast<int>(s) + 1, y + 1, kCell - 2, kCell - 2, shown,
            detail::xml(alignment->source[s]), detail::xml(alignment->target[t]), weight);
      }
    }
    out += "</g>\n";
  }
};

}  // namespace

std::string alignment_svg(const std::vector<Alignment>& alignments) {
  std::vector<Picture> pictures;
  int width = 0, height = 2 * kMargin;
  for (const Alignment& alignment : alignments) {
    detail::check(alignment);
    pictures.emplace_back(alignment);
    width = std::max(width, pictures.back().width);
    height += pictures.back().height + (pictures.size() > 1 ? kGap : 0);
  }
  width += 2 * kMargin;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n"
      "<title>Attention weights, target by source</title>\n{2}<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n",
      width, height, kStyle);
  int y = kMargin;
  for (const Picture& picture : pictures) {
    picture.draw(out, kMargin, y);
    y += picture.height + kGap;
  }
  return out + "</svg>\n";
}

}  // namespace strata

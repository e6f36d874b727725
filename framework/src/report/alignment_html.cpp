// Heatmaps as an HTML page: a table a sentence, no scripts, well-formed as XML too.
#include "report/alignment_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/alignment_check.hpp"
#include "report/text.hpp"

namespace strata {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#111827;--faint:#6b7280;--line:#e5e7eb;--frame:#f3f4f6;--cell:29 78 216}
@media(prefers-color-scheme:dark){:root{--paper:#0f1115;--ink:#e5e7eb;--faint:#9ca3af;--line:#2b303b;--frame:#1b1f27;--cell:125 171 255}}
body{background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,'DejaVu Sans',sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.3rem;font-weight:600;margin:0 0 .3rem}
p.note{color:var(--faint);margin:0 0 1.5rem}
section{border-top:1px solid var(--line);padding:1.1rem 0;overflow-x:auto}
dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;margin:0 0 .8rem}
dt{color:var(--faint);font-size:.85rem}
dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:separate;border-spacing:2px}
th{font-weight:400;font-size:.85rem;white-space:nowrap;max-width:16rem;overflow:hidden;text-overflow:ellipsis}
thead th{writing-mode:vertical-rl;text-orientation:sideways;transform:rotate(180deg);text-align:left;max-width:none;max-height:12rem;padding:.2rem .1rem;vertical-align:bottom}
tbody th{text-align:right;padding-right:.45rem}
td{width:1.55rem;min-width:1.55rem;height:1.55rem;padding:0;border-radius:3px;background:linear-gradient(rgb(var(--cell)/var(--w,0)) 0 0) var(--frame)}
td:hover{outline:2px solid var(--ink)}
tr:hover th{font-weight:600}
)";

std::string sentence(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) out += (out.empty() ? "" : " ") + detail::xml(token);
  return out;
}

}  // namespace

std::string detail::html_begin(const std::string& title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{0}</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n"
      "<p class=\"note\">Rows are target tokens, columns source tokens: the darker (on a dark page, the brighter) a "
      "cell, "
      "the more the target token looked there. Point at a cell to read its weight.</p>\n",
      detail::xml(title), kStyle);
}

std::string detail::html_sentence(const Alignment& alignment, std::size_t number) {
  check(alignment);
  std::string out = fmt::format(
      "<section id=\"s{0}\">\n<dl><dt>{0}</dt><dd dir=\"auto\">{1}</dd><dt>→</dt><dd dir=\"auto\">{2}</dd></dl>\n"
      "<table>\n<thead><tr><td style=\"background:none\"></td>",
      number, sentence(alignment.source), sentence(alignment.target));
  for (const std::string& token : alignment.source) {
    out += fmt::format("<th scope=\"col\" title=\"{0}\"><bdi>{0}</bdi></th>", xml(token));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t t = 0; t < alignment.target.size(); ++t) {
    const std::string target = xml(alignment.target[t]);
    out += fmt::format("<tr><th scope=\"row\" title=\"{0}\"><bdi>{0}</bdi></th>", target);
    for (std::size_t s = 0; s < alignment.source.size(); ++s) {
      const float weight = alignment.at(t, s);
      const float shown = std::isfinite(weight) ? std::clamp(weight, 0.0F, 1.0F) : 0.0F;
      const std::string style = shown >= 0.005F ? fmt::format(" style=\"--w:{:.2f}\"", shown) : std::string();
      out += fmt::format("<td{} title=\"{} → {}: {:.3f}\"></td>", style, xml(alignment.source[s]), target, weight);
    }
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n</section>\n";
}

std::string detail::html_end() { return "</body>\n</html>\n"; }

std::string alignment_html(const std::vector<Alignment>& alignments, const std::string& title) {
  std::string out = detail::html_begin(title);
  for (std::size_t i = 0; i < alignments.size(); ++i) out += detail::html_sentence(alignments[i], i + 1);
  return out + detail::html_end();
}

}  // namespace strata

// Lines over a common horizontal axis as a small self-contained SVG: the learning curve.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// One line of a plot.
struct CurveLine {
  std::string name;                               // in the legend
  std::vector<std::pair<double, double>> points;  // (x, y) by x; a point that is not finite breaks the line
  bool right = false;                             // reads on the right-hand axis
};

// A plot with an axis on each side; an axis that no line reads is left out.
struct CurvePlot {
  std::string title, x_label, left_label, right_label;  // UTF-8; escaped
  std::vector<CurveLine> lines;                         // drawn in this order
  int width = 720, height = 400;                        // pixels
};

// The picture, in light or dark as the reader's system, nothing fetched.
STRATA_API std::string curve_svg(const CurvePlot& plot);

}  // namespace strata

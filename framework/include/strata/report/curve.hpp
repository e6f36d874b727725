// Curves over a common horizontal axis as a small SVG picture, such as the learning curve.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// One line of a plot.
struct CurveLine {
  std::string name;  // name in the legend
  // Points (x, y), sorted by x; the line has a gap at a point that is not finite.
  std::vector<std::pair<double, double>> points;
  bool right = false;  // true: the y values belong to the right-hand axis
};

// A plot with an axis on the left and on the right; an axis without lines is not drawn.
struct CurvePlot {
  std::string title, x_label, left_label, right_label;  // texts in UTF-8; they are escaped
  std::vector<CurveLine> lines;                         // lines, in the order in which they are drawn
  int width = 720, height = 400;                        // size in pixels
};

// Returns the plot as SVG. The picture loads nothing and follows the light or dark setting of the reader's system.
STRATA_API std::string curve_svg(const CurvePlot& plot);

}  // namespace strata

// Lines over a common horizontal axis as a small self-contained SVG: the learning curve.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

struct CurveLine {
  std::string name;                               // in the legend
  std::vector<std::pair<double, double>> points;  // (x, y) by x; a point that is not finite breaks the line
  bool right = false;                             // reads on the right-hand axis
};

struct CurvePlot {
  std::string title, x_label, left_label, right_label;
  std::vector<CurveLine> lines;
  int width = 720, height = 400;
};

STRATA_API std::string curve_svg(const CurvePlot& plot);

}  // namespace strata

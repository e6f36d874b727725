// Alignment: attention weights as HTML and SVG heatmaps, JSON lines, Pharaoh pairs, or a heatmap in a terminal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The attention weights of each target token on the source tokens. All functions below escape tokens as their format
// requires, and show control bytes and invalid UTF-8 as \xNN (JSON has its own escapes for control bytes).
struct Alignment {
  std::vector<std::string> source, target;  // tokens, </s> included where the model has it
  std::vector<float> weights;               // [target][source], row-major; usually each row sums to 1

  // The weight of source token s for target token t; the indices are not checked.
  float at(std::size_t t, std::size_t s) const { return weights[t * source.size() + s]; }
};

// Every function throws E_SHAPE_ALIGNMENT unless there are target x source weights.

// Returns an HTML page with one heatmap for each alignment. It has no scripts and loads nothing, follows the light or
// dark setting of the reader's system, and shows a weight when the mouse is over its cell.
STRATA_API std::string alignment_html(const std::vector<Alignment>& alignments, const std::string& title);

// Returns the same heatmaps as one SVG picture, one below the other.
STRATA_API std::string alignment_svg(const std::vector<Alignment>& alignments);

// Returns {"source":[...],"target":[...],"weights":[[...],...]} without a line end. A weight that is not finite becomes
// null.
STRATA_API std::string alignment_json(const Alignment& alignment);

// Returns pairs SOURCE-TARGET of token indices from 0, ordered by target: "0-0 1-2". With threshold 0, it pairs each
// target token with the source token of the largest weight (the first of equal ones); else it has every pair with a
// weight of at least `threshold`.
STRATA_API std::string alignment_pharaoh(const Alignment& alignment, double threshold = 0);

// The properties of the terminal.
struct AlignmentTerminal {
  // Columns, at least 20. Labels that are too long are cut with a mark; source tokens that do not fit follow in a
  // further panel.
  int width = 80;
  bool colour = false;  // true: cells in 256 colours; false: the shades " ░▒▓█"
};

// Returns a heatmap for the terminal. Rows are target tokens; columns are source tokens, which are numbered and listed
// below. The text ends with a line end.
STRATA_API std::string alignment_terminal(const Alignment& alignment, const AlignmentTerminal& terminal = {});

// A file of alignments. The ending of its name chooses the format: .html, .svg, .jsonl (or .json), .txt (Pharaoh). The
// constructor throws E_USAGE_ALIGNMENT for another ending, and E_IO_WRITE when the file cannot be written.
class STRATA_API AlignmentFile {
 public:
  // Creates the file. `title` is the title of an HTML page.
  explicit AlignmentFile(const std::string& path, const std::string& title = "Alignments");
  // Without finish(), the file stays incomplete.
  ~AlignmentFile();
  AlignmentFile(const AlignmentFile&) = delete;
  AlignmentFile& operator=(const AlignmentFile&) = delete;

  // Adds the alignment of one sentence. Throws E_SHAPE_ALIGNMENT or E_IO_WRITE.
  void add(const Alignment& alignment);
  // Writes the rest and closes the file; a second call does nothing. Throws E_IO_WRITE.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata

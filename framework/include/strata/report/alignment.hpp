// Attention weights that one can look at: HTML and SVG heatmaps, JSON lines, Pharaoh pairs, cells in a terminal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// Which source token each target token looked at. Tokens are outside text: every writer below escapes what its format
// needs escaped and shows control bytes and invalid UTF-8 as \xNN (JSON escapes control bytes its own way).
struct Alignment {
  std::vector<std::string> source, target;  // tokens, </s> included where the model has it
  std::vector<float> weights;               // [target][source], row by row, usually each row sums to 1

  // Weight of source token s for target token t; neither is checked.
  float at(std::size_t t, std::size_t s) const { return weights[t * source.size() + s]; }
};

// Every function throws E_SHAPE_ALIGNMENT unless there are target x source weights.

// A page of its own (no scripts, nothing fetched), light or dark as the reader's system; hovering shows the weight.
STRATA_API std::string alignment_html(const std::vector<Alignment>& alignments, const std::string& title);

// The same heatmaps as one picture, one below the other.
STRATA_API std::string alignment_svg(const std::vector<Alignment>& alignments);

// {"source":[...],"target":[...],"weights":[[...],...]}, no line end. A weight that is not finite is null.
STRATA_API std::string alignment_json(const Alignment& alignment);

// "0-0 1-2": source-target, from 0, by target. threshold 0: each target token's strongest source token (the first of
// equals); else every pair whose weight is at least `threshold`.
STRATA_API std::string alignment_pharaoh(const Alignment& alignment, double threshold = 0);

// What the terminal can show.
struct AlignmentTerminal {
  int width = 80;       // columns (at least 20); labels are cut with a mark, source columns go on in a further panel
  bool colour = false;  // 256-colour cells; else the shades " ░▒▓█"
};

// Rows are target tokens, columns are source tokens (numbered, listed below); ends with a line end.
STRATA_API std::string alignment_terminal(const Alignment& alignment, const AlignmentTerminal& terminal = {});

// Writes a file whose form its name chooses: .html, .svg, .jsonl (or .json), .txt (Pharaoh). Throws E_USAGE_ALIGNMENT
// for another name and E_IO_WRITE, both at construction where they can be known then.
class STRATA_API AlignmentFile {
 public:
  // Makes the file, empty but for its head; `title` is that of an HTML page.
  explicit AlignmentFile(const std::string& path, const std::string& title = "Alignments");
  ~AlignmentFile();  // a file without finish() stays incomplete
  AlignmentFile(const AlignmentFile&) = delete;
  AlignmentFile& operator=(const AlignmentFile&) = delete;

  // One sentence more. E_SHAPE_ALIGNMENT, E_IO_WRITE.
  void add(const Alignment& alignment);
  // Writes what is left and closes the file; a second call does nothing. E_IO_WRITE.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata

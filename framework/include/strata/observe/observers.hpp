// The observers of the framework: console (progress bar or plain lines), JSON lines, TensorBoard, learning curve.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "strata/core/export.hpp"
#include "strata/train/observer.hpp"

namespace strata {

// The style of the console observer.
struct ConsoleStyle {
  bool bar = false;     // shows a progress bar, which redraws one line; for a terminal only
  bool colour = false;  // ANSI colours
  int width = 80;       // width in columns
};

// Returns the style for a file descriptor: a bar only on a terminal that is not "dumb", and colours only when NO_COLOR
// is not set.
STRATA_API ConsoleStyle console_style(int descriptor);

// Makes an observer that writes one line for each report. Fields have the form "name value", with " | " between them:
//   epoch 1 | update 200 | sentences 12800 | tokens 192000 | loss 3.2100 | ppl 24.78 | tokens/s 10512 | gnorm 1.250 |
//   lr 1.000e-03 | elapsed 0:00:31 | eta 0:05:12                                   (one line; eta when it is known)
//
//   valid | epoch 1 | update 200 | bleu 31.52 best | loss 2.3100 | elapsed 0:00:35
//   sample 1 | input ein Haus | reference a house
//     a home                                               (the lines of the output, each after two spaces)
//
// With style.bar, the newest update is shown as a progress bar in the last line instead. `out` must outlive the
// observer.
STRATA_API std::shared_ptr<Observer> make_console_observer(std::ostream& out, const ConsoleStyle& style);

// Makes an observer that writes one JSON object per line. Its "event" is begin, update, validation, message or end; the
// other keys are the field names of the reports; a number that is not finite becomes null. It appends to the file, so
// that a resumed run keeps its history. Throws E_IO_WRITE.
STRATA_API std::shared_ptr<Observer> make_json_lines_observer(const std::string& path);

// Makes an observer that writes a TensorBoard event file in `folder`. For each update number it has train/loss,
// train/perplexity, train/learning_rate, train/gradient_norm, train/tokens_per_second and valid/NAME, and the texts
// samples/1, samples/2, ... Throws E_IO_WRITE.
STRATA_API std::shared_ptr<Observer> make_tensorboard_observer(const std::string& folder);

// Makes an observer that draws the learning curve (training loss and validation metrics over updates) as an SVG file.
// The file is written when training begins, and rewritten at every validation and at the end. Each report is also
// appended to a file beside it, named .jsonl instead of .svg, from which a resumed run takes the points up to the
// checkpoint from which it goes on; later points are removed, as their updates are made again. Lines of it are
// {"update":200,"train loss":3.21} or {"update":200,"valid loss":2.5,"valid bleu":31.5}. Writing throws E_IO_WRITE,
// which Observers turns into a warning; begin() of a resumed run throws E_IO_* when the points cannot be read.
STRATA_API std::shared_ptr<Observer> make_curve_observer(const std::string& path);

}  // namespace strata

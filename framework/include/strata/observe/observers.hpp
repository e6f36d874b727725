// The observers that come with the framework: terminal, plain lines, JSON lines, TensorBoard, learning curve.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "strata/core/export.hpp"
#include "strata/train/observer.hpp"

namespace strata {

// How a console observer writes.
struct ConsoleStyle {
  bool bar = false;     // redraws one line; for a terminal only
  bool colour = false;  // ANSI colours
  int width = 80;       // columns
};

// What suits this file descriptor: a bar only on a terminal that is not "dumb", colours only without NO_COLOR.
STRATA_API ConsoleStyle console_style(int descriptor);

// A line a report, fields apart by " | ", each "name value":
//   epoch 1 | update 200 | sentences 12800 | tokens 192000 | loss 3.2100 | ppl 24.78 | tokens/s 10512 | gnorm 1.250 |
//   lr 1.000e-03 | elapsed 0:00:31 | eta 0:05:12                                   (one line; eta only when known)
//
//   valid | epoch 1 | update 200 | bleu 31.52 best | loss 2.3100 | elapsed 0:00:35
//
// With style.bar the newest update is a bar in the last line instead. `out` outlives the observer.
STRATA_API std::shared_ptr<Observer> make_console_observer(std::ostream& out, const ConsoleStyle& style);

// One JSON object a line, with "event": begin, update, validation, message, end; keys are the field names of the
// reports; a number that is not finite is null. Appends, so that a resumed run keeps its history. Throws E_IO_WRITE.
STRATA_API std::shared_ptr<Observer> make_json_lines_observer(const std::string& path);

// TensorBoard event file in `folder`: train/loss, train/perplexity, train/learning_rate, train/gradient_norm,
// train/tokens_per_second, valid/NAME, by update. Throws E_IO_WRITE.
STRATA_API std::shared_ptr<Observer> make_tensorboard_observer(const std::string& folder);

// Learning curve (train loss and the validation metrics over updates) as SVG, written empty when training begins,
// then whole at every validation and at the end. These throw E_IO_WRITE, which Observers
// makes a warning.
STRATA_API std::shared_ptr<Observer> make_curve_observer(const std::string& path);

}  // namespace strata

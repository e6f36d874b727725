// strata translate: lines in, their translations out, in order.
#include <unistd.h>
#include <optional>

#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/log.hpp"
#include "strata/report/alignment.hpp"
#include "strata/run/translate_run.hpp"
#include "strata/train/observers.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct OutputOptions {
  std::string alignment;
  bool show_alignment = false;
  void visit(auto& option) {
    option("alignment", alignment,
           "file of what each output looked at: .html or .svg heatmap, .jsonl weights, .txt pairs");
    option("show_alignment", show_alignment, "the heatmap as shaded cells, on standard error");
  }
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

int translate(const Arguments& words) {
  std::string run, input = "-";
  ModelOptions model;
  OutputOptions options;
  TranslateOptions search;
  PluginOptions plugin_options;
  CommandLine line("translate", "Translates lines with a trained run; as many lines come out as go in, in order.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input, "one sentence a line; left out, or -, it is standard input");
  line.options("Model", model);
  line.options("Output", options);
  line.options("Search", search);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const ContextScope scope;
  const LoadedModel loaded = load_model(run, model, plugins);
  std::optional<AlignmentFile> file;
  if (!options.alignment.empty()) file.emplace(options.alignment);
  context().capture_weights = file || options.show_alignment;

  const AlignmentTerminal terminal{console_style(STDERR_FILENO).width, color_wanted()};
  if (input == "-" && isatty(STDIN_FILENO) != 0) search.chunk = 1;  // somebody types and waits
  Translator translator(*loaded.model, loaded.tokenizers, search);
  LineReader reader(input);
  bool weights = false;
  translator.translate(reader, [&](std::int64_t number, const std::vector<Translation>& n_best) {
    write_out(search.decode.n_best > 1 ? moses_n_best(number, n_best) : n_best.front().text + "\n");
    const Alignment& seen = n_best.front().alignment;
    weights = weights || !seen.weights.empty();
    if (file) file->add(ends_with(options.alignment, ".txt") ? without_end(seen) : seen);
    if (options.show_alignment && !seen.weights.empty()) std::fputs(alignment_terminal(seen, terminal).c_str(), stderr);
    if (search.chunk == 1) flush_out();
  });
  if (file) file->finish();
  flush_out();
  if (context().capture_weights && !weights) log_warning("the model has no attention weights to show");
  for (const std::string& warning : reader.warnings()) log_warning(warning);
  for (const std::string& warning : translator.warnings()) log_warning(warning);
  const TranslateReport& report = translator.report();
  log_info(std::to_string(report.lines) + " lines in " + rounded(report.seconds) + " s, " +
           rounded(report.seconds > 0 ? static_cast<double>(report.lines) / report.seconds : 0) + " lines/s");
  return 0;
}

}  // namespace strata::app

// strata translate: lines in, their translations out, in order.
#include <unistd.h>

#include <optional>

#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/log.hpp"
#include "strata/model/model.hpp"
#include "strata/observe/observers.hpp"
#include "strata/report/alignment.hpp"
#include "strata/run/load_ensemble.hpp"
#include "strata/run/translate_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct WriterOptions : ModelOptions {
  std::vector<std::string> ensemble;
  void visit(auto& option) {
    ModelOptions::visit(option);
    option("ensemble", ensemble, "further run, whose probabilities are averaged with those of RUN");
  }
};

enum class Of { form, words, tokens };

struct OutputOptions {
  std::string alignment;
  Of alignment_of = Of::form;
  bool show_alignment = false, json = false;
  void visit(auto& option) {
    option("json", json,
           "one JSON object per line: \"outputs\", a list of objects with text, log_probability, score and finished "
           "(false: the output was cut at the longest length; in the lines of --n-best that is cut= 1)");
    option("alignment", alignment,
           "file for attention weights: .html or .svg (heatmap), .jsonl (weights) or .txt (Pharaoh pairs)");
    option("alignment_of", alignment_of, "units of alignments; form: words in .txt files, tokens in others",
           {{"form", Of::form}, {"words", Of::words}, {"tokens", Of::tokens}});
    option("show_alignment", show_alignment, "heatmap of attention weights on standard error");
  }
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

int translate(const Arguments& words) {
  std::string run, input = "-";
  WriterOptions model;
  OutputOptions options;
  TranslateOptions search;
  PluginOptions plugin_options;
  CommandLine line("translate",
                   "Translates lines with a trained run. For each line of input it prints one line, in order.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input, "text, one sentence a line (left out, or -: standard input)");
  line.options("Model", model);
  line.options("Output", options);
  line.options("Search", search);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const ContextScope scope;
  std::vector<std::string> runs = {run};
  runs.insert(runs.end(), model.ensemble.begin(), model.ensemble.end());
  const LoadedEnsemble loaded = load_ensemble(runs, model.checkpoint, {default_registry(), &plugins, model.device});
  for (const LoadedModel& member : loaded.members) use_precision(model, *member.model);
  std::optional<AlignmentFile> file;
  if (!options.alignment.empty()) file.emplace(options.alignment);
  context().capture_weights = file || options.show_alignment;

  const AlignmentTerminal terminal{console_style(STDERR_FILENO).width, color_wanted()};
  if (somebody_types(input)) search.chunk = 1;
  Translator translator(*loaded.generator, loaded.members.front().tokenizers, search);
  LineReader reader(input);
  bool weights = false;
  const bool pairs = ends_with(options.alignment, ".txt");
  translator.translate(reader, [&](std::int64_t number, const std::vector<Translation>& n_best) {
    write_out(options.json               ? translation_json(n_best) + "\n"
              : search.decode.n_best > 1 ? moses_n_best(number, n_best)
                                         : n_best.front().text + "\n");
    const auto aligned = [&](bool by_words) -> const Alignment& {
      if (options.alignment_of != Of::form) by_words = options.alignment_of == Of::words;
      return by_words ? n_best.front().words : n_best.front().alignment;
    };
    const Alignment& shown = aligned(false);
    weights = weights || !shown.weights.empty();
    if (file) file->add(pairs ? without_end(aligned(true)) : shown);
    if (options.show_alignment && !shown.weights.empty())
      std::fputs(alignment_terminal(shown, terminal).c_str(), stderr);
    if ((number + 1) % search.chunk == 0) flush_out();
  });
  if (file) file->finish();
  flush_out();
  if (context().capture_weights && !weights) log_warning("the model has no attention weights to show");
  say_answered(translator.report().lines, translator.report().seconds, reader.warnings(), translator.warnings());
  return 0;
}

}  // namespace strata::app

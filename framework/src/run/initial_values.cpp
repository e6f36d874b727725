// InitialValues: each source with its names, and the lines that say what was taken.
#include "run/initial_values.hpp"

#include "run/field_folder.hpp"
#include "run/matched_rows.hpp"
#include "strata/core/error.hpp"
#include "strata/run/load_model.hpp"

namespace strata::detail {
namespace {

// A source of values, with the names of its tensors and its tokenizers.
struct Source {
  std::shared_ptr<const Weights> weights;
  std::vector<NameRule> rules;
  Tokenizers tokenizers;  // empty unless they are asked for
};

Source open_source(const std::string& path, bool with_tokenizers, const Host& host) {
  Source source;
  if (is_field_folder(path)) {
    const FieldFolder folder = open_field_folder(path, host);
    source.rules = field_rules(folder);
    if (with_tokenizers) {
      source.tokenizers = field_tokenizers(complete_recipe(folder.recipe, host.registry, host.plugins).options, host);
    }
    source.weights = std::make_shared<const Weights>(path);
    return source;
  }
  source.weights = std::make_shared<const Weights>(path);
  if (!with_tokenizers) return source;
  std::string folder = source.weights->path();
  if (folder.ends_with(".safetensors")) {
    throw Error("E_CONFIG_RANGE", "init", printable(path) + " is a file, which has no vocabulary for rows by token",
                "name the folder of the run");
  }
  verify_checkpoint(folder, Verify::model);
  const CompleteRecipe recipe = complete_recipe(read_checkpoint_recipe(folder), host.registry, host.plugins);
  source.tokenizers = load_tokenizers(recipe.options, folder, host.registry);
  return source;
}

std::string counts(const std::string& from, const BindReport& report) {
  std::string line = "init " + from + ": " + std::to_string(report.taken.size()) + " parameters taken, " +
                     std::to_string(report.drawn.size()) + " drawn, " + std::to_string(report.left.size()) +
                     " tensors left";
  if (report.padded_rows > 0) line += ", " + std::to_string(report.padded_rows) + " rows without a token left out";
  return line;
}

}  // namespace

InitialValues::InitialValues(const NewModel& now, const Host& host) {
  for (const InitOptions& one : now.recipe.init) add(one, now, host);
}

void InitialValues::add(const InitOptions& options, const NewModel& now, const Host& host) {
  const bool by_token = options.rows == Rows::by_token;
  const Source source = open_source(options.from, by_token, host);
  BindOptions bind;
  bind.rules = source.rules;
  bind.into = options.into;
  bind.from = options.part.value_or(options.into);
  bind.draw_missing = options.missing == Missing::draw;
  bind.leave_unknown = true;
  std::vector<std::string> of_rows;
  if (by_token) {
    for (const MatchedRows& rows : matched_rows(now, source.tokenizers, options)) {
      for (const std::string& name : rows.parameters) bind.rows[name] = rows.match;
      of_rows.push_back("init " + options.from + ": rows of \"" + rows.vocabulary +
                        "\": " + std::to_string(rows.shared) + " of " + std::to_string(rows.match.from.size()) +
                        " tokens taken, " +
                        std::to_string(static_cast<std::int64_t>(rows.match.from.size()) - rows.shared) + " new (" +
                        (rows.match.mean ? "mean" : "drawn") + ")");
    }
  }
  sources_.push_back(std::make_unique<BoundWeights>(source.weights, now.model.saved(), bind));
  const BindReport& report = sources_.back()->report();
  if (report.taken.empty()) {
    throw Error("E_CHECKPOINT_PARAMETERS", options.from,
                "has no parameter of the model" + (options.into.empty() ? "" : " within \"" + options.into + "\"") +
                    ", and " + std::to_string(report.left.size()) + " others",
                "`into` is a prefix of names of the model, `part` the one in the source");
  }
  lines_.push_back(counts(options.from, report));
  lines_.insert(lines_.end(), of_rows.begin(), of_rows.end());
}

bool InitialValues::fill(const NamedParameter& parameter, const Tensor& values, const std::function<void()>& draw) {
  for (std::size_t i = sources_.size(); i-- > 0;) {
    if (sources_[i]->fill(parameter, values, draw)) return true;
  }
  return false;
}

}  // namespace strata::detail

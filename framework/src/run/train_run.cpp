// train_run: from a recipe to a trained model, or on from where it stopped.
#include "strata/run/train_run.hpp"

#include "checkpoint/plugin_records.hpp"
#include "run/choose_translate.hpp"
#include "run/compare_plugins.hpp"
#include "run/declare_model.hpp"
#include "run/initial_values.hpp"
#include "run/old_recipe.hpp"
#include "run/resume.hpp"
#include "run/sample_writer.hpp"
#include "run/vocabularies.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/translate_run.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

std::string train_split(const Config& complete) {
  const Config* split = complete.find_path("train.train_split");
  return split != nullptr && split->is_string() ? split->string() : "train";
}

// A recipe of a model that was imported has neither.
void require_for_training(const Config& recipe) {
  for (const char* name : {"data", "train"}) {
    const Config* found = recipe.find(name);
    if (found == nullptr || found->is_null()) {
      throw Error("E_CONFIG_MISSING", recipe.place_of(name), "is missing", "a recipe for training has it");
    }
  }
}

}  // namespace

TranslateLines detail::choose_translate(const MakeTranslate& given, const Recipe& recipe, Model& model,
                                        const Tokenizers& tokenizers) {
  if (given) return given(model, tokenizers);
  TranslateOptions options;
  options.decode = recipe.decode;
  return make_translate(options)(model, tokenizers);
}

EndReport train_run(const Config& recipe, const TrainRunOptions& options, const Host& host) {
  CompleteRecipe complete = complete_recipe(recipe, host.registry, host.plugins);
  require_for_training(recipe);
  const ContextScope scope;
  use_recipe(complete.options, host.registry);
  const auto& chosen = complete.options;
  if (chosen.precision == Precision::f16 && context().device == nullptr) {
    throw Error("E_CONFIG_RANGE", "precision", "\"f16\" is for a GPU, and the device is cpu",
                "on a CPU \"bf16\" is the fast one");
  }
  const std::shared_ptr<Trainer> trainer = chosen.train.make({chosen.train.spec().place()});

  TrainJob job;
  job.communicator = chosen.communicator.make();
  job.folder = std::make_shared<RunFolder>(options.output);
  if (job.communicator->rank() == 0) job.folder->open_for_training();
  job.communicator->barrier();
  const detail::Resume resume = detail::choose_resume(*job.folder);
  const std::string resumed = resume.update ? job.folder->checkpoint(*resume.update) : "";
  const auto warn = [&](const std::string& text) {
    if (options.observer != nullptr) options.observer->message(Severity::warning, text);
  };
  if (recipe.find("strata") == nullptr) {
    Config moved = recipe;
    for (const std::string& name : detail::move_old_options(moved)) {
      warn(name + " is now an option of the feed (feed." + name.substr(name.find('.') + 1) + "): it was moved there");
    }
  }
  if (resume.update) {
    const Config saved = detail::read_verified_recipe(resumed);
    const ResumeRules rules = in_plugin("resume_rules()", *trainer, [&] { return trainer->resume_rules(); });
    for (const std::string& change : detail::compare_recipes(saved, complete.complete, recipe, rules, resumed)) {
      warn(change);
    }
  }

  job.dataset = chosen.data.make();
  Feed::Facts facts;
  facts.dataset = job.dataset;
  facts.seed = static_cast<std::uint64_t>(chosen.seed);
  facts.rank = job.communicator->rank();
  facts.ranks = job.communicator->size();
  facts.cache = options.output + "/cache";
  facts.warn = warn;
  if (resume.update) {
    job.tokenizers = load_tokenizers(chosen, resumed, host.registry);
    facts.saved = read_checkpoint_feed(resumed);
  } else {
    job.tokenizers = detail::learn_tokenizers(chosen, *chosen.feed.make(facts), *job.dataset,
                                              train_split(complete.complete), host.registry);
  }
  facts.tokenizers = job.tokenizers;
  const std::shared_ptr<Feed> feed = chosen.feed.make(facts);
  const Sizes sizes = in_plugin("sizes()", *feed, [&] { return feed->sizes(); });
  job.saved_feed = in_plugin("saved()", *feed, [&] { return feed->saved(); });
  job.model = resume.update ? detail::declare_model(chosen, sizes, resumed) : chosen.model.make({sizes});
  job.feed = [facts, &chosen](const std::string& split, bool training) {
    Feed::Facts of_split = facts;
    of_split.split = split;
    of_split.training = training;
    return chosen.feed.make(of_split);
  };
  const auto seed = static_cast<std::uint64_t>(chosen.seed);
  if (resume.update || chosen.init.empty()) {
    job.model->materialise(seed);
  } else {
    detail::InitialValues initial({chosen, facts, *job.model}, host);
    job.model->materialise(seed, DType::f32, &initial);
    for (const std::string& line : initial.lines()) {
      if (options.observer != nullptr) options.observer->message(Severity::info, line);
    }
  }
  job.recipe = std::move(complete.complete);
  if (resume.update) detail::warn_of_other_plugins(resumed, host, detail::UsedBy::training);
  if (host.plugins != nullptr) {
    job.plugins = host.plugins->loaded();
    job.recipe.put("plugins", detail::plugin_records(host.plugins->named()));
  }
  job.seed = static_cast<std::uint64_t>(chosen.seed);
  job.observer = options.observer;
  job.translate = detail::choose_translate(options.translate, chosen, *job.model, job.tokenizers);
  job.samples = detail::choose_sample_writer(chosen, job.model, feed, job.tokenizers);
  job.communicator->barrier();  // all ranks have chosen
  if (job.communicator->rank() == 0) {
    for (const std::string& line : detail::set_aside(*job.folder, resume)) warn(line);
  }
  job.communicator->barrier();
  return in_plugin("run()", *trainer, [&] { return trainer->run(job); });
}

}  // namespace strata

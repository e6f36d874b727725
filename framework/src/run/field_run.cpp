// import_run and export_run.
#include "strata/run/field_run.hpp"

#include <algorithm>

#include "run/field_folder.hpp"
#include "strata/checkpoint/bound_weights.hpp"
#include "strata/checkpoint/output_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/run/load_model.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// The first family that describes the model; the one of the model's own name comes first.
detail::Family family_of(const LoadedModel& loaded, const Host& host) {
  const Config& model = loaded.config.at("model");
  std::string known;
  const auto writes = [&](WeightNames& names) {
    return in_plugin("writes()", names, [&] { return names.writes(model); });
  };
  detail::Family family = detail::find_family(host, loaded.recipe.model.type(), writes, known);
  if (family.names != nullptr) return family;
  throw Error("E_CHECKPOINT_ARCHITECTURE", loaded.folder,
              "no form of the field describes this model of type \"" + loaded.recipe.model.type() + "\"",
              detail::known_families(known));
}

// The ids of special tokens as the field's config.json and generation_config.json name them.
void put_specials(Config& config, const Tokenizers& tokenizers) {
  if (tokenizers.all().size() != 1) return;
  const Specials& specials = tokenizers.all().front().tokenizer->vocabulary().specials();
  const auto put = [&](const char* name, std::int32_t id) {
    if (id >= 0 && config.find(name) == nullptr) config.put(name, id);
  };
  put("bos_token_id", specials.start);
  put("pad_token_id", specials.pad);
  if (specials.ends.size() < 2) return put("eos_token_id", specials.end());
  Config ends = Config::array();
  for (const std::int32_t id : specials.ends) ends.append(id);
  if (config.find("eos_token_id") == nullptr) config.put("eos_token_id", ends);
}

FieldReport report_of(std::string family, const Model& model) {
  FieldReport report{std::move(family), 0, 0};
  for (const NamedParameter& one : model.saved()) {
    report.parameters += one.parameter.shape().numel();
    ++report.tensors;
  }
  return report;
}

void require_no_codes(const LoadedModel& loaded) {
  for (const NamedParameter& one : loaded.model->saved()) {
    if (!one.parameter.quantized()) continue;
    throw Error("E_CHECKPOINT_QUANTIZED", loaded.folder, one.name + " is in 8 bits, which is a form of Strata alone",
                "export the checkpoint from which it was made");
  }
}

}  // namespace

FieldReport import_run(const std::string& folder, const std::string& output, const Host& host) {
  require_output_folder(output);
  if (!detail::is_field_folder(folder)) {
    throw Error("E_CHECKPOINT_MISSING", folder, "is no folder with the config.json of a published checkpoint",
                "it has \"model_type\" or \"architectures\"; a run of Strata needs no import");
  }
  const ContextScope scope;
  const LoadedModel loaded = load_model(folder, "best", host);
  save_model(loaded, output);
  return report_of(detail::open_field_folder(folder, host).family, *loaded.model);
}

FieldReport export_run(const std::string& path, const std::string& which, const std::string& output, const Host& host) {
  const ContextScope scope;
  const LoadedModel loaded = load_model(path, which, host);
  require_no_codes(loaded);
  const detail::Family family = family_of(loaded, host);
  const Config& model = loaded.config.at("model");
  const Sizes sizes = in_plugin("sizes()", *loaded.feed, [&] { return loaded.feed->sizes(); });
  Config config = in_plugin("config()", *family.names, [&] { return family.names->config(model, sizes); });
  put_specials(config, loaded.tokenizers);
  if (config.find("torch_dtype") == nullptr) config.put("torch_dtype", "float32");
  const std::vector<NameRule> rules = in_plugin("rules()", *family.names, [&] { return family.names->rules(model); });
  write_new_folder(output, [&](const std::string& folder) {
    std::vector<std::string> files{"config.json", "model.safetensors"};
    write_file(folder + "/config.json", write_json(config));
    write_field_weights(folder + "/model.safetensors", rules, loaded.model->saved());
    for (const std::string& file : loaded.tokenizers.save(folder)) files.push_back(file);
    const auto add = [&](const std::string& name, const std::string& content) {
      if (std::find(files.begin(), files.end(), name) != files.end()) return;
      write_file(folder + "/" + name, content);
      files.push_back(name);
    };
    for (const CheckpointFile& file : loaded.files) add(file.name, file.content);
    Config generation = Config::object();
    put_specials(generation, loaded.tokenizers);
    add("generation_config.json", write_json(generation));
    return files;
  });
  return report_of(family.name, *loaded.model);
}

}  // namespace strata

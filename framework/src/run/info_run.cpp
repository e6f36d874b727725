// info_run: headers, config.json and tokenizers; no values.
#include "strata/run/info_run.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "run/field_folder.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/weights.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/run/read_tokenizers.hpp"

namespace strata {
namespace {

void put_weights(Config& info, const Weights& weights) {
  std::int64_t parameters = 0;
  std::map<std::string, std::int64_t> formats;
  for (const Weights::Entry& entry : weights.entries()) {
    parameters += entry.shape.numel();
    formats[name_of(entry.stored)] += entry.shape.numel();
  }
  std::int64_t bytes = 0;
  for (const std::string& file : weights.files()) {
    std::error_code fault;
    const std::uintmax_t size = std::filesystem::file_size(file, fault);
    if (!fault) bytes += static_cast<std::int64_t>(size);
  }
  info.put("parameters", parameters);
  info.put("tensors", weights.entries().size());
  Config by_name = Config::object();
  for (const auto& [name, count] : formats) by_name.put(name, count);
  info.put("formats", by_name);
  info.put("bytes", bytes);
  constexpr std::int64_t kFloat = 4, kTraining = 4;  // values, gradients, two moments
  info.put("memory", Config::object({{"weights", parameters * kFloat}, {"training", parameters * kFloat * kTraining}}));
}

// {"pad": "<pad>", "ends": ["</s>"]}: tokens instead of ids.
Config specials_of(const Tokenizer& tokenizer) {
  const auto token = [&](std::int64_t id) { return tokenizer.pieces({static_cast<std::int32_t>(id)}).front(); };
  Config specials = Config::object();
  for (const auto& [name, value] : tokenizer.vocabulary().specials().to_config().members()) {
    if (value.is_array()) {
      Config tokens = Config::array();
      for (const Config& id : value.items()) tokens.append(token(id.integer()));
      specials.put(name, tokens);
    } else if (value.is_object()) {
      Config tokens = Config::object();
      for (const auto& [control, id] : value.members()) tokens.put(control, token(id.integer()));
      specials.put(name, tokens);
    } else {
      specials.put(name, token(value.integer()));
    }
  }
  return specials;
}

void put_vocabularies(Config& info, const Tokenizers& tokenizers) {
  if (tokenizers.empty()) return;
  Config vocabularies = Config::object();
  for (const Tokenizers::Named& one : tokenizers.all()) {
    vocabularies.put(one.name,
                     Config::object({{"size", one.tokenizer->size()}, {"specials", specials_of(*one.tokenizer)}}));
  }
  info.put("vocabularies", vocabularies);
}

void put_model(Config& info, const Config& model) {
  info.put("architecture", model.at("type"));
  info.put("model", model);
  const Config* context = model.find("context");
  if (context != nullptr && context->is_number()) info.put("context", *context);
}

void put_template(Config& info, const std::string& folder) {
  for (const CheckpointFile& file : detail::companion_files(folder)) {
    const bool is_template = file.name.rfind("chat_template", 0) == 0;
    const bool within = file.name == "tokenizer_config.json" &&
                        parse_json(file.content, folder + "/" + file.name).find("chat_template") != nullptr;
    if (is_template || within) info.put("template", file.name);
  }
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string megabytes(std::int64_t bytes) { return grouped((bytes + 500000) / 1000000) + " MB"; }

std::string line(std::string name, const std::string& value) {
  constexpr std::size_t kColumn = 14;
  name.resize(std::max(kColumn, name.size() + 1), ' ');
  return name + printable(value, 2000) + "\n";
}

std::string flat(const Config& value) {
  std::string text = write_json(value, 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Config info_run(const std::string& path, std::string_view which, const Host& host) {
  Config info = Config::object({{"path", path}});
  std::error_code fault;
  if (!std::filesystem::is_directory(path, fault)) {
    info.put("kind", "file");
    put_weights(info, Weights(path));
    return info;
  }
  if (detail::is_field_folder(path)) {
    const detail::FieldFolder folder = detail::open_field_folder(path, host);
    const CompleteRecipe recipe = complete_recipe(folder.recipe, host.registry, host.plugins);
    info.put("kind", "folder");
    put_model(info, recipe.complete.at("model"));
    info.put("family", folder.family);
    if (const Config* type = folder.config_json.find("model_type")) info.put("model_type", *type);
    put_weights(info, Weights(path));
    put_vocabularies(info, detail::field_tokenizers(recipe.options, host));
    put_template(info, path);
    return info;
  }
  const std::string folder = find_checkpoint(path, which);
  info.put("kind", "run");
  info.put("checkpoint", folder);
  const Tokenizers tokenizers = read_tokenizers(folder, which, host);
  put_model(info, complete_recipe(read_checkpoint_recipe(folder), host.registry, host.plugins).complete.at("model"));
  put_weights(info, Weights(folder));
  put_vocabularies(info, tokenizers);
  put_template(info, folder);
  return info;
}

std::string info_text(const Config& info) {
  std::string text;
  for (const auto& [name, value] : info.members()) {
    if (name == "parameters" || name == "context") {
      text += line(name, grouped(value.integer()));
    } else if (name == "bytes") {
      text += line(name, megabytes(value.integer()));
    } else if (name == "formats") {
      std::string formats;
      for (const auto& [format, count] : value.members()) {
        formats += (formats.empty() ? "" : ", ") + format + " (" + grouped(count.integer()) + ")";
      }
      text += line(name, formats);
    } else if (name == "memory") {
      text +=
          line(name, megabytes(value.at("weights").integer()) + " for the weights, " +
                         megabytes(value.at("training").integer()) + " for training with AdamW without activations");
    } else if (name == "vocabularies") {
      for (const auto& [vocabulary, about] : value.members()) {
        text += line("vocabulary", vocabulary + ": " + grouped(about.at("size").integer()) + " tokens, special " +
                                       flat(about.at("specials")));
      }
    } else {
      text += line(name, value.is_string() ? value.string() : flat(value));
    }
  }
  return text;
}

}  // namespace strata

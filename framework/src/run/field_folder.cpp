// FieldFolder: the family by config.json, and a recipe for it.
#include "run/field_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "run/vocabularies.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

bool is_file(const std::string& path) {
  std::error_code fault;
  return std::filesystem::is_regular_file(path, fault);
}

// "bert (BertForMaskedLM)".
std::string architecture_of(const Config& json) {
  const Config *type = json.find("model_type"), *classes = json.find("architectures");
  std::string text = type != nullptr && type->is_string() ? type->string() : "";
  if (classes != nullptr && classes->is_array() && !classes->items().empty() && classes->items()[0].is_string()) {
    text += (text.empty() ? "" : " (") + classes->items()[0].string() + (text.empty() ? "" : ")");
  }
  return printable(text, 100);
}

// The tokenizer for the files of a folder: SentencePiece where its model is all that there is.
Config tokenizer_of(const std::string& path) {
  const bool own = is_file(path + "/tokenizer.json") || is_file(path + "/vocab.json") || is_file(path + "/vocab.txt");
  if (own || !is_file(path + "/tokenizer.model")) return Config::object({{"type", "hf"}, {"file", path}});
  return Config::object({{"type", "sentencepiece"}, {"file", path}, {"ids", "model"}});
}

}  // namespace

bool is_field_folder(const std::string& path) {
  if (!is_file(path + "/config.json") || is_file(path + "/manifest.json")) return false;
  const Config json = read_json(path + "/config.json");
  return json.is_object() && json.find("strata") == nullptr &&
         (json.find("model_type") != nullptr || json.find("architectures") != nullptr);
}

Family find_family(const Host& host, std::string_view own, const std::function<bool(WeightNames&)>& fits,
                   std::string& known) {
  std::vector<ComponentInfo> components = host.registry.components(WeightNames::kRole);
  std::stable_partition(components.begin(), components.end(),
                        [&](const ComponentInfo& one) { return one.name == own; });
  for (const ComponentInfo& one : components) {
    known += (known.empty() ? "" : ", ") + one.name;
    const auto names = host.registry.make<WeightNames>(Config(one.name));
    if (fits(*names)) return {one.name, names};
  }
  return {};
}

std::string known_families(const std::string& known) {
  return known.empty() ? "no plugin with a component weight_names is installed" : "known: " + known;
}

FieldFolder open_field_folder(const std::string& path, const Host& host) {
  FieldFolder folder{path, read_json(path + "/config.json"), {}, {}, {}};
  std::string known;
  const auto reads = [&](WeightNames& names) {
    return in_plugin("reads()", names, [&] { return names.reads(folder.config_json); });
  };
  const Family family = find_family(host, "", reads, known);
  if (family.names == nullptr) {
    throw Error("E_CHECKPOINT_ARCHITECTURE", path + "/config.json",
                "is of the architecture \"" + architecture_of(folder.config_json) + "\", which no component reads",
                known_families(known));
  }
  folder.family = family.name;
  folder.names = family.names;
  folder.recipe = Config::object();
  folder.recipe.put("model",
                    in_plugin("model()", *folder.names, [&] { return folder.names->model(folder.config_json); }));
  const Config feed = in_plugin("feed()", *folder.names, [&] { return folder.names->feed(folder.config_json); });
  if (!feed.is_null()) folder.recipe.put("feed", feed);
  folder.recipe.put("tokenizer", tokenizer_of(path));
  return folder;
}

Tokenizers field_tokenizers(const Recipe& recipe, const Host& host) {
  Tokenizers tokenizers = make_tokenizers(recipe, *recipe.feed.make({}), host.registry);
  for (const Tokenizers::Named& one : tokenizers.all()) {  // its vocabulary is in the folder: no text is read
    in_plugin("train()", *one.tokenizer, [&] { one.tokenizer->train([](std::string&) { return false; }); });
  }
  return tokenizers;
}

std::vector<NameRule> field_rules(const FieldFolder& folder) {
  return in_plugin("rules()", *folder.names, [&] { return folder.names->rules(folder.recipe.at("model")); });
}

std::vector<CheckpointFile> companion_files(const std::string& folder) {
  std::vector<CheckpointFile> files;
  for (const char* name : {"generation_config.json", "tokenizer_config.json", "special_tokens_map.json",
                           "chat_template.jinja", "chat_template.json"}) {
    const std::string path = folder + "/" + name;
    if (is_file(path)) files.push_back({name, read_file(path, std::size_t{16} << 20U)});
  }
  return files;
}

}  // namespace strata::detail

// Special tokens of a folder.
#include "specials.hpp"

#include <strata/core/config.hpp>
#include <strata/core/json.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

namespace hf {
namespace {

using strata::Config;

Config read(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name;
  return std::filesystem::is_regular_file(path) ? strata::read_json(path) : Config::object();
}

// The text of a token: a string, or an object with "content"; empty when there is none.
std::string text_of(const Config& json, const char* name) {
  const Config* found = json.find(name);
  if (found == nullptr || found->is_null()) return "";
  if (found->is_string()) return found->string();
  return found->is_object() && found->find("content") != nullptr ? found->at("content").string() : "";
}

std::int32_t id_of(const HfTokens& tokens, const std::string& text) {
  if (text.empty()) return -1;
  for (const AddedToken& one : tokens.added) {
    if (one.text == text) return one.id;
  }
  for (const auto& [token, id] : tokens.model.tokens) {
    if (token == text) return id;
  }
  return -1;
}

// Ids beyond the vocabulary are refused where the special tokens are set.
void add_end(strata::Specials& specials, std::int64_t id) {
  if (id >= 0 && id <= std::numeric_limits<std::int32_t>::max() && !specials.is_end(static_cast<std::int32_t>(id)))
    specials.ends.push_back(static_cast<std::int32_t>(id));
}

void add_ends(strata::Specials& specials, const Config& json) {
  const Config* ids = json.find("eos_token_id");
  if (ids == nullptr || ids->is_null()) return;
  if (!ids->is_array()) return add_end(specials, ids->integer());
  for (const Config& id : ids->items()) add_end(specials, id.integer());
}

}  // namespace

strata::Specials specials_of(const HfTokens& tokens, const std::string& folder) {
  const Config names = read(folder, "tokenizer_config.json"), map = read(folder, "special_tokens_map.json");
  const auto named = [&](const char* name) {
    const std::string text = text_of(names, name);
    return id_of(tokens, text.empty() ? text_of(map, name) : text);
  };
  strata::Specials specials;
  specials.start = id_of(tokens, tokens.start);
  specials.pad = named("pad_token");
  specials.mask = named("mask_token");
  specials.separator = named("sep_token");
  if (specials.separator < 0) specials.separator = id_of(tokens, tokens.separator);
  specials.classify = named("cls_token");
  if (specials.classify < 0) specials.classify = id_of(tokens, tokens.classify);
  specials.unknown = id_of(tokens, tokens.model.unknown);
  add_end(specials, named("eos_token"));
  add_ends(specials, read(folder, "generation_config.json"));
  add_ends(specials, read(folder, "config.json"));
  if (specials.ends.empty()) add_end(specials, id_of(tokens, "<|endoftext|>"));
  const auto either = [&](std::int32_t& id, const char* first, const char* second) {
    if (id < 0) id = id_of(tokens, first);
    if (id < 0) id = id_of(tokens, second);
  };
  either(specials.pad, "[PAD]", "<pad>");
  either(specials.mask, "[MASK]", "<mask>");
  if (specials.pad < 0) specials.pad = specials.end();
  const std::vector<std::int32_t> used = specials.ids();
  for (const AddedToken& one : tokens.added) {
    if (one.special && std::find(used.begin(), used.end(), one.id) == used.end()) specials.control[one.text] = one.id;
  }
  return specials;
}

}  // namespace hf

// The tokens of a tokenizer.json.
#include "read.hpp"

#include <strata/core/error.hpp>
#include <strata/core/json.hpp>
#include <strata/core/text_file.hpp>

#include "files.hpp"
#include "pipeline/components.hpp"

namespace hf {
namespace {

using strata::Config;

constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;

void read_post_processor(const Config& json, HfTokens& out) {
  const std::string type = json.at("type").string();
  if (type == "ByteLevel") return;  // it changes offsets alone
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    out.start = out.classify = json.at("cls").items().at(0).string();
    out.separator = json.at("sep").items().at(0).string();
    return;
  }
  if (type != "TemplateProcessing") {
    unknown_component(json, "post_processor",
                      "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence");
  }
  for (const Config& part : json.at("single").items()) {
    if (given(part, "Sequence") != nullptr) return;  // an encoder of parts of texts puts nothing after them
    out.start = part.at("SpecialToken").at("id").string();
  }
}

AddedToken added_token(const Config& json) {
  AddedToken out;
  out.text = json.at("content").string();
  out.id = id_of(json.at("id"));
  out.special = flag(json, "special", false);
  out.normalised = flag(json, "normalized", !out.special);
  out.single_word = flag(json, "single_word", false);
  out.left_space = flag(json, "lstrip", false);
  out.right_space = flag(json, "rstrip", false);
  return out;
}

}  // namespace

HfTokens read_tokens(const Config& json, bool bytes) {
  HfTokens out;
  for_each_component(given(json, "post_processor"), "processors",
                     [&](const Config& one) { read_post_processor(one, out); });
  out.model = tokens_of(json.at("model"), bytes);
  if (const Config* added = given(json, "added_tokens")) {
    for (const Config& one : added->items()) out.added.push_back(added_token(one));
  }
  return out;
}

Config hf_of_gpt2(const std::string& vocabulary, const std::string& merges) {
  const Config tokens = strata::read_json(vocabulary);
  const std::string text = strata::read_text_file(merges, kMaxBytes);
  Config list = Config::array();
  for_each_merge(text, [&](std::string_view line, std::size_t) { list.append(line); });
  Config added = Config::array();
  if (const Config* id = tokens.find("<|endoftext|>")) {
    added.append(Config::object({{"id", *id}, {"content", "<|endoftext|>"}, {"special", true}}));
  }
  const Config bytes = Config::object({{"type", "ByteLevel"}, {"add_prefix_space", false}});
  Config json = Config::object({{"added_tokens", added},
                                {"pre_tokenizer", bytes},
                                {"decoder", bytes},
                                {"model", Config::object({{"type", "BPE"}, {"vocab", tokens}, {"merges", list}})}});
  json.set_source(vocabulary);
  return json;
}

}  // namespace hf

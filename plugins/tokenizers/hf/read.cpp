// A tokenizer.json of byte-level byte pairs.
#include "hf_reader.hpp"

#include <strata/core/error.hpp>
#include <strata/core/json.hpp>
#include <strata/core/text_file.hpp>

#include <limits>

#include "alphabet.hpp"
#include "files.hpp"
#include "pieces.hpp"

namespace byte_bpe {
namespace {

using strata::Config;
using strata::Error;

constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;

// The member, or null when it is missing or null.
const Config* given(const Config& json, std::string_view name) {
  const Config* found = json.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}
bool flag(const Config& json, std::string_view name, bool fallback) {
  const Config* found = given(json, name);
  return found == nullptr ? fallback : found->boolean();
}

[[noreturn]] void unknown(const Config& json, const char* kind, const std::string& known) {
  throw Error("E_TOKENIZER_COMPONENT", json.place_of("type"),
              std::string("the ") + kind + " '" + strata::printable(json.at("type").string(), 60) +
                  "' is not one of byte-level byte pairs",
              "known: " + known);
}

// An id of a vocabulary. Throws E_TOKENIZER_VOCABULARY outside of 0 to 2^31 - 1.
std::int32_t id_of(const Config& json) {
  const std::int64_t id = json.integer();
  if (id >= 0 && id <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(id);
  throw Error("E_TOKENIZER_VOCABULARY", json.place(), std::to_string(id) + " is no id of a token");
}

// Calls `each` for a component, or for each of a Sequence's.
template <class Each>
void in_sequence(const Config* component, const char* list, const Each& each) {
  if (component == nullptr) return;
  if (component->at("type") != Config("Sequence")) return each(*component);
  for (const Config& one : component->at(list).items()) in_sequence(&one, list, each);
}

void read_normaliser(const Config& json, HfTokenizer& out) {
  const std::string type = json.at("type").string();
  if (out.normal != Normal::none) {
    throw Error("E_TOKENIZER_COMPONENT", json.place_of("type"), "a second normal form is not supported");
  }
  if (type == "NFC")
    out.normal = Normal::nfc;
  else if (type == "NFD")
    out.normal = Normal::nfd;
  else if (type == "NFKC")
    out.normal = Normal::nfkc;
  else if (type == "NFKD")
    out.normal = Normal::nfkd;
  else
    unknown(json, "normalizer", "NFC, NFD, NFKC, NFKD, Sequence");
}

void read_pre_tokenizer(const Config& json, HfTokenizer& out) {
  const std::string type = json.at("type").string();
  if (type == "ByteLevel") {
    out.byte_level = true;
    out.prefix_space = out.prefix_space || flag(json, "add_prefix_space", true);
    if (flag(json, "use_regex", true)) out.patterns.emplace_back(kGpt2Pattern);
  } else if (type == "Digits") {
    out.patterns.emplace_back(flag(json, "individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
  } else if (type == "Split") {
    const Config& pattern = json.at("pattern");
    if (json.at("behavior") != Config("Isolated") || flag(json, "invert", false)) {
      throw Error("E_TOKENIZER_COMPONENT", json.place_of("behavior"), "a Split is supported as Isolated, not inverted");
    }
    const Config* regex = given(pattern, "Regex");
    out.patterns.push_back(regex != nullptr ? regex->string() : literal_pattern(pattern.at("String").string()));
  } else {
    unknown(json, "pre_tokenizer", "ByteLevel, Digits, Split, Sequence");
  }
}

void read_post_processor(const Config& json, HfTokenizer& out) {
  const std::string type = json.at("type").string();
  if (type == "ByteLevel") return;  // it changes offsets alone
  if (type != "TemplateProcessing") unknown(json, "post_processor", "ByteLevel, TemplateProcessing, Sequence");
  for (const Config& part : json.at("single").items()) {
    if (given(part, "Sequence") != nullptr)
      return;  // what comes after a text is not put by an encoder of parts of texts
    out.start = part.at("SpecialToken").at("id").string();
  }
}

std::pair<std::string, std::string> merge_of(const Config& json) {
  if (json.is_array() && json.items().size() == 2) return {json.items()[0].string(), json.items()[1].string()};
  const std::string& text = json.string();
  const std::size_t space = text.find(' ', 1);
  if (space == std::string::npos)
    throw Error("E_TOKENIZER_MERGES", json.place(), "'" + strata::printable(text, 60) + "' is no pair");
  return {text.substr(0, space), text.substr(space + 1)};
}

void read_model(const Config& json, HfTokenizer& out) {
  const Config* type = given(json, "type");
  if (type != nullptr && *type != Config("BPE")) unknown(json, "model", "BPE");
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const Config* text = given(json, name);
    if (text == nullptr || text->string().empty()) continue;
    throw Error("E_TOKENIZER_COMPONENT", json.place_of(name), "byte-level byte pairs have none");
  }
  for (const char* name : {"dropout", "unk_token"}) {
    if (given(json, name) == nullptr || (json.at(name).is_string() && json.at(name).string().empty())) continue;
    // GPT-2's file names an unknown token that no text needs, as each byte has a token.
    if (std::string_view(name) == "unk_token" && json.at("vocab").members().size() >= 256) continue;
    throw Error("E_TOKENIZER_COMPONENT", json.place_of(name), "byte-level byte pairs have none");
  }
  if (flag(json, "byte_fallback", false)) {
    throw Error("E_TOKENIZER_COMPONENT", json.place_of("byte_fallback"), "byte-level byte pairs have none");
  }
  out.whole_first = flag(json, "ignore_merges", false);
  for (const auto& [token, id] : json.at("vocab").members()) {
    std::string bytes;
    // Tokens that no text becomes, special ones among them, may be in the vocabulary; they are known by `added_tokens`.
    if (!to_bytes(token, bytes)) bytes = token;
    out.tokens.emplace_back(bytes, id_of(id));
  }
  for (const Config& one : json.at("merges").items()) {
    const auto [left, right] = merge_of(one);
    Merge merge;
    if (!to_bytes(left, merge.first) || !to_bytes(right, merge.second) || merge.first.empty() || merge.second.empty()) {
      throw Error("E_TOKENIZER_MERGES", one.place(),
                  "'" + strata::printable(left + " " + right, 60) + "' are no bytes");
    }
    out.merges.push_back(std::move(merge));
  }
}

}  // namespace

HfTokenizer read_hf(const Config& json) {
  HfTokenizer out;
  in_sequence(given(json, "normalizer"), "normalizers", [&](const Config& one) { read_normaliser(one, out); });
  in_sequence(given(json, "pre_tokenizer"), "pretokenizers", [&](const Config& one) { read_pre_tokenizer(one, out); });
  if (!out.byte_level) {
    throw Error("E_TOKENIZER_COMPONENT", json.place_of("pre_tokenizer"), "has no ByteLevel",
                "only byte pairs over bytes are read");
  }
  in_sequence(given(json, "post_processor"), "processors", [&](const Config& one) { read_post_processor(one, out); });
  in_sequence(given(json, "decoder"), "decoders", [&](const Config& one) {
    if (one.at("type") != Config("ByteLevel")) unknown(one, "decoder", "ByteLevel, Sequence");
  });
  read_model(json.at("model"), out);
  if (const Config* added = given(json, "added_tokens")) {
    for (const Config& one : added->items()) {
      for (const char* name : {"single_word", "lstrip", "rstrip"}) {
        if (flag(one, "special", false) || !flag(one, name, false)) continue;
        throw Error("E_TOKENIZER_COMPONENT", one.place_of(name), "added tokens are found as they are written only");
      }
      out.added.push_back({one.at("content").string(), id_of(one.at("id")), flag(one, "special", false)});
    }
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

}  // namespace byte_bpe

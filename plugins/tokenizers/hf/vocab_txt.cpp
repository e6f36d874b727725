// vocab.txt.
#include "vocab_txt.hpp"

#include <strata/core/error.hpp>
#include <strata/core/json.hpp>
#include <strata/core/text_file.hpp>
#include <strata/text/word_cache.hpp>

#include <filesystem>

#include "files.hpp"
#include "pipeline/components.hpp"

namespace hf {

using strata::Config;

Config hf_of_vocab_txt(const std::string& path) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;
  const std::string text = strata::read_text_file(path, kMaxBytes);
  Config::Members tokens;
  strata::ByText<bool> seen;
  Config added = Config::array();
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const Config id(static_cast<std::int64_t>(number - 1));
    if (!seen.emplace(line, true).second) {
      throw strata::Error("E_TOKENIZER_VOCABULARY", path + ":" + std::to_string(number),
                          "the token '" + strata::printable(line, 60) + "' comes twice");
    }
    tokens.emplace_back(line, id);
    for (const char* special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
      if (line == special) added.append(Config::object({{"id", id}, {"content", line}, {"special", true}}));
    }
  });
  const auto beside = std::filesystem::path(path).parent_path() / "tokenizer_config.json";
  const Config config =
      std::filesystem::is_regular_file(beside) ? strata::read_json(beside.string()) : Config::object();
  const bool lower = flag(config, "do_lower_case", true);
  const Config normaliser = Config::object({{"type", "BertNormalizer"},
                                            {"lowercase", lower},
                                            {"strip_accents", flag(config, "strip_accents", lower)},
                                            {"handle_chinese_chars", flag(config, "tokenize_chinese_chars", true)}});
  Config json = Config::object({{"added_tokens", added},
                                {"normalizer", normaliser},
                                {"pre_tokenizer", Config::object({{"type", "BertPreTokenizer"}})},
                                {"decoder", Config::object({{"type", "WordPiece"}})},
                                {"model", Config::object({{"type", "WordPiece"},
                                                          {"unk_token", text_of(config, "unk_token", "[UNK]")},
                                                          {"vocab", Config::object(std::move(tokens))}})}});
  if (seen.contains("[CLS]") && seen.contains("[SEP]")) {
    const auto pair = [&](const char* token) {
      Config id;
      for (const Config& one : added.items()) {
        if (one.at("content") == Config(token)) id = one.at("id");
      }
      return Config::array({Config(token), id});
    };
    json.put("post_processor",
             Config::object({{"type", "BertProcessing"}, {"cls", pair("[CLS]")}, {"sep", pair("[SEP]")}}));
  }
  json.set_source(path);
  return json;
}

}  // namespace hf

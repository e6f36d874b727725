// Ranks of tiktoken as a tokenizer.json.
#include "tiktoken.hpp"

#include <strata/core/error.hpp>
#include <strata/core/text_file.hpp>
#include <strata/text/word_cache.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "alphabet.hpp"
#include "base64.hpp"
#include "files.hpp"
#include "pipeline/pieces.hpp"

namespace hf {
namespace {

using strata::Config;
using strata::Error;

constexpr std::size_t kMaxBytes = std::size_t{1} << 28U, kLongestToken = 1U << 12U;
constexpr std::int32_t kMostTokens = 1 << 22;
constexpr const char* kLetters = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)";
constexpr const char* kSigns = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string regex_of(Pattern pattern) {
  if (pattern == Pattern::gpt2) return kGpt2Pattern;
  return std::string(kLetters) + (pattern == Pattern::qwen2 ? R"(\p{N})" : R"(\p{N}{1,3})") + kSigns;
}

struct Token {
  std::string bytes;
  std::int32_t rank;
};

std::vector<Token> read_ranks(const std::string& path) {
  const std::string text = strata::read_text_file(path, kMaxBytes);
  std::vector<Token> tokens;
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return;
    const std::size_t space = line.find(' ');
    Token token{{}, -1};
    const bool two = space != std::string_view::npos && from_base64(line.substr(0, space), token.bytes);
    if (two) std::from_chars(line.data() + space + 1, line.data() + line.size(), token.rank);
    if (token.rank < 0 || token.rank >= kMostTokens || token.bytes.size() > kLongestToken) {
      throw Error("E_TOKENIZER_VOCABULARY", path + ":" + std::to_string(number),
                  "'" + strata::printable(line, 60) + "' is no token in base64 with its rank");
    }
    tokens.push_back(std::move(token));
  });
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) { return a.rank < b.rank; });
  return tokens;
}

// The parts of a token by the ranks before its own; it has a merge when there are two.
std::vector<std::string> parts_of(const Token& token, const strata::ByText<std::int32_t>& ranks) {
  std::vector<std::string> parts;
  for (const char byte : token.bytes) parts.emplace_back(1, byte);
  while (parts.size() > 2) {
    std::size_t best = parts.size();
    std::int32_t lowest = token.rank;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks.find(parts[i] + parts[i + 1]);
      if (found != ranks.end() && found->second < lowest) lowest = found->second, best = i;
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  return parts;
}

}  // namespace

Config hf_of_tiktoken(const std::string& path, Pattern pattern) {
  if (pattern == Pattern::none) {
    throw Error("E_CONFIG_MISSING", "[hf] pattern", "is missing",
                "gpt2, cl100k or qwen2: " + path + " does not say it");
  }
  const std::vector<Token> tokens = read_ranks(path);
  strata::ByText<std::int32_t> ranks;
  Config::Members vocabulary;
  Config::Items merges;
  for (const Token& token : tokens) {
    if (!ranks.emplace(token.bytes, token.rank).second) {
      throw Error("E_TOKENIZER_VOCABULARY", path, "'" + strata::printable(token.bytes, 60) + "' comes twice");
    }
    vocabulary.emplace_back(to_characters(token.bytes), token.rank);
  }
  for (const Token& token : tokens) {
    if (token.bytes.size() < 2) continue;
    const std::vector<std::string> parts = parts_of(token, ranks);
    if (parts.size() == 2) merges.emplace_back(to_characters(parts[0]) + " " + to_characters(parts[1]));
  }
  const Config split = Config::object({{"type", "Split"},
                                       {"pattern", Config::object({{"Regex", regex_of(pattern)}})},
                                       {"behavior", "Isolated"},
                                       {"invert", false}});
  const Config bytes = Config::object({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  Config json = Config::object(
      {{"added_tokens", Config::array()},
       {"pre_tokenizer", Config::object({{"type", "Sequence"}, {"pretokenizers", Config::array({split, bytes})}})},
       {"decoder", bytes},
       {"model", Config::object({{"type", "BPE"},
                                 {"ignore_merges", true},
                                 {"vocab", Config::object(std::move(vocabulary))},
                                 {"merges", Config::array(std::move(merges))}})}});
  json.set_source(path);
  return json;
}

}  // namespace hf

// Decoders.
#include "decode.hpp"

#include <strata/core/utf8.hpp>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "../alphabet.hpp"
#include "components.hpp"
#include "metaspace.hpp"
#include "pieces.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Takes out the spaces that BERT's tokens of English leave between words and signs.
void clean_up(std::string& text) {
  constexpr std::array<std::pair<const char*, const char*>, 11> kPairs{{{" .", "."},
                                                                        {" ?", "?"},
                                                                        {" !", "!"},
                                                                        {" ,", ","},
                                                                        {" ' ", "'"},
                                                                        {" n't", "n't"},
                                                                        {" 'm", "'m"},
                                                                        {" do not", " don't"},
                                                                        {" 's", "'s"},
                                                                        {" 've", "'ve"},
                                                                        {" 're", "'re"}}};
  for (const auto& [from, to] : kPairs) replace_all(text, from, to);
}

void join(std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  tokens.clear();
  tokens.push_back(std::move(text));
}

void bytes_of_characters(std::vector<std::string>& tokens) {
  for (std::string& token : tokens) {
    std::string bytes;
    if (to_bytes(token, bytes)) token = bytes;
  }
}

// The byte of a token <0x00> to <0xFF>.
std::optional<char> byte_of(std::string_view token) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  const std::size_t high = kDigits.find(token[3]), low = kDigits.find(token[4]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<char>(high << 4U | low);
}
// Bytes that are no text become U+FFFD, one for each byte.
void join_bytes(std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string bytes;
  const auto put_bytes = [&] {
    if (bytes.empty()) return;
    if (strata::utf8_fault(bytes) == std::string_view::npos) {
      out.push_back(bytes);
    } else {
      for (std::size_t i = 0; i < bytes.size(); ++i) out.emplace_back("\xEF\xBF\xBD");
    }
    bytes.clear();
  };
  for (const std::string& token : tokens) {
    if (const auto byte = byte_of(token)) {
      bytes += *byte;
      continue;
    }
    put_bytes();
    out.push_back(token);
  }
  put_bytes();
  tokens = std::move(out);
}

Decoder strip(const Config& json) {
  return [content = json.at("content").string(), start = json.at("start").integer(),
          stop = json.at("stop").integer()](std::vector<std::string>& tokens) {
    if (content.empty()) return;
    for (std::string& token : tokens) {
      for (std::int64_t i = 0; i < start && token.starts_with(content); ++i) token.erase(0, content.size());
      for (std::int64_t i = 0; i < stop && token.ends_with(content); ++i) token.resize(token.size() - content.size());
    }
  };
}

Decoder replace(const Config& json) {
  const auto pieces = std::make_shared<const Pieces>(pattern_of(json.at("pattern")), json.place_of("pattern"));
  return [pieces, content = json.at("content").string()](std::vector<std::string>& tokens) {
    for (std::string& token : tokens) token = pieces->replaced(token, content);
  };
}

Decoder word_piece(const Config& json) {
  return
      [prefix = text_of(json, "prefix", "##"), clean = flag(json, "cleanup", true)](std::vector<std::string>& tokens) {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
          if (i > 0 && tokens[i].starts_with(prefix))
            tokens[i].erase(0, prefix.size());
          else if (i > 0)
            tokens[i].insert(0, " ");
          if (clean) clean_up(tokens[i]);
        }
      };
}

Decoder end_of_word(const Config& json) {
  return [suffix = text_of(json, "suffix", "</w>")](std::vector<std::string>& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!suffix.empty()) replace_all(tokens[i], suffix, i + 1 == tokens.size() ? "" : " ");
    }
  };
}

}  // namespace

std::vector<Decoder> make_decoders(const Config* json, bool bytes) {
  std::vector<Decoder> out;
  if (json == nullptr && !bytes) {
    out.emplace_back([](std::vector<std::string>& tokens) {
      for (std::size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, " ");
    });
  }
  for_each_component(json, "decoders", [&](const Config& one) {
    const std::string type = one.at("type").string();
    if (type == "ByteLevel") {
      if (!bytes) out.emplace_back(bytes_of_characters);
    } else if (type == "ByteFallback") {
      out.emplace_back(join_bytes);
    } else if (type == "Fuse") {
      out.emplace_back(join);
    } else if (type == "WordPiece") {
      out.push_back(word_piece(one));
    } else if (type == "BPEDecoder") {
      out.push_back(end_of_word(one));
    } else if (type == "Strip") {
      out.push_back(strip(one));
    } else if (type == "Replace") {
      out.push_back(replace(one));
    } else if (type == "Metaspace") {
      out.emplace_back([space = Metaspace::of(one)](std::vector<std::string>& tokens) {
        for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = space.plain(tokens[i], i == 0);
      });
    } else {
      unknown_component(one, "decoder",
                        "ByteLevel, ByteFallback, Fuse, WordPiece, BPEDecoder, Strip, Replace, Metaspace, Sequence");
    }
  });
  return out;
}

}  // namespace hf

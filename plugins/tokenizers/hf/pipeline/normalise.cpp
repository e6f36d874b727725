// Normalisers by utf8proc.
#include "normalise.hpp"

#include <utf8proc.h>
#include <strata/core/utf8.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "../alphabet.hpp"
#include "charsmap.hpp"
#include "components.hpp"
#include "pieces.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;

// A normal form of the parts that are valid UTF-8.
std::string normal_form(std::string_view text, int options) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin + std::min(strata::utf8_fault(text.substr(begin)), text.size() - begin);
    if (end > begin) {
      utf8proc_uint8_t* made = nullptr;
      const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + begin),
                                                 static_cast<utf8proc_ssize_t>(end - begin), &made,
                                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
      const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(made, std::free);
      if (size < 0) throw strata::Error("E_TOKENIZER_TEXT", "[hf]", utf8proc_errmsg(size));
      out.append(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
    }
    if (end < text.size()) out += text[end++];
    begin = end;
  }
  return out;
}

Normaliser form(int options) {
  return [options](std::string_view text) { return normal_form(text, options); };
}

// Calls `put(out, code)` for each character; bytes that are none stay.
Normaliser by_char(std::function<void(std::string&, std::int32_t)> put) {
  return [put = std::move(put)](std::string_view text) {
    std::string out;
    for_each_char(text, [&](const Char& one) {
      if (one.code < 0)
        out += one.bytes;
      else
        put(out, one.code);
    });
    return out;
  };
}
Normaliser without(bool (*which)(std::int32_t)) {
  return by_char([which](std::string& out, std::int32_t code) {
    if (!which(code)) append_code(out, code);
  });
}

// Control characters go, white space becomes a space (Devlin et al., 2019; tokenization.py of the release).
void put_clean(std::string& out, std::int32_t code) {
  const bool line = code == '\t' || code == '\n' || code == '\r';
  if (code == 0 || code == 0xFFFD || (is_other(code) && !line)) return;
  append_code(out, line || is_white_space(code) ? ' ' : code);
}
void put_ideograph(std::string& out, std::int32_t code) {
  const bool apart = is_ideograph(code);
  if (apart) out += ' ';
  append_code(out, code);
  if (apart) out += ' ';
}
// The control characters that the normaliser "Nmt" leaves out, and what it makes a space.
void put_nmt(std::string& out, std::int32_t code) {
  if ((code >= 0x1 && code <= 0x8) || code == 0xB || (code >= 0xE && code <= 0x1F) || code == 0x7F || code == 0x8F ||
      code == 0x9F) {
    return;
  }
  const bool space = code == 0x9 || code == 0xA || code == 0xC || code == 0xD || code == 0x1680 ||
                     (code >= 0x200B && code <= 0x200F) || code == 0x2028 || code == 0x2029 || code == 0x2581 ||
                     code == 0xFEFF || code == 0xFFFD;
  append_code(out, space ? ' ' : code);
}

std::string stripped(std::string_view text, bool left, bool right) {
  std::size_t begin = 0, end = 0;
  bool inside = !left;
  for (std::size_t at = 0; at < text.size();) {
    const Char one = char_at(text, at);
    const bool space = is_white_space(one.code);
    if (!inside && space) begin = at + one.bytes.size();
    inside = inside || !space;
    at += one.bytes.size();
    if (!space) end = at;
  }
  if (!right) end = text.size();
  return std::string(text.substr(begin, end > begin ? end - begin : 0));
}

void add_bert(const Config& json, std::vector<Normaliser>& out) {
  const bool lower = flag(json, "lowercase", true);
  if (flag(json, "clean_text", true)) out.push_back(by_char(put_clean));
  if (flag(json, "handle_chinese_chars", true)) out.push_back(by_char(put_ideograph));
  if (flag(json, "strip_accents", lower)) {
    out.push_back(form(UTF8PROC_DECOMPOSE));
    out.push_back(without(is_nonspacing_mark));
  }
  if (lower) out.push_back(by_char(append_lower));
}

Normaliser replace(const Config& json) {
  const auto pieces = std::make_shared<const Pieces>(pattern_of(json.at("pattern")), json.place_of("pattern"));
  return [pieces, content = json.at("content").string()](std::string_view text) {
    return pieces->replaced(text, content);
  };
}

}  // namespace

std::vector<Normaliser> make_normalisers(const Config* json) {
  std::vector<Normaliser> out;
  for_each_component(json, "normalizers", [&](const Config& one) {
    const std::string type = one.at("type").string();
    if (type == "NFC") {
      out.push_back(form(UTF8PROC_COMPOSE));
    } else if (type == "NFD") {
      out.push_back(form(UTF8PROC_DECOMPOSE));
    } else if (type == "NFKC") {
      out.push_back(form(UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
    } else if (type == "NFKD") {
      out.push_back(form(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT));
    } else if (type == "Lowercase") {
      out.push_back(by_char(append_lower));
    } else if (type == "StripAccents") {
      out.push_back(without(is_mark));
    } else if (type == "BertNormalizer") {
      add_bert(one, out);
    } else if (type == "Nmt") {
      out.push_back(by_char(put_nmt));
    } else if (type == "Strip") {
      out.emplace_back([left = flag(one, "strip_left", true), right = flag(one, "strip_right", true)](
                           std::string_view text) { return stripped(text, left, right); });
    } else if (type == "Replace") {
      out.push_back(replace(one));
    } else if (type == "Prepend") {
      out.emplace_back([before = one.at("prepend").string()](std::string_view text) {
        return text.empty() ? std::string() : before + std::string(text);
      });
    } else if (type == "ByteLevel") {
      out.emplace_back([](std::string_view text) { return to_characters(text); });
    } else if (type == "Precompiled") {
      const auto map = std::make_shared<const Charsmap>(one.at("precompiled_charsmap"));
      out.emplace_back([map](std::string_view text) { return map->normalised(text); });
    } else {
      unknown_component(one, "normalizer",
                        "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, BertNormalizer, Nmt, Strip, Replace, Prepend, "
                        "ByteLevel, Precompiled, Sequence");
    }
  });
  return out;
}

}  // namespace hf

// JSON out: stable, and read back to the same value.
#include <array>
#include <charconv>
#include <cmath>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/utf8.hpp"

namespace strata {
namespace {

void write_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {  // a file's name may hold any byte; the text has to stay JSON
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out.append(text, i, length);
    }
    i += length;
  }
  out += '"';
}

void write_real(std::string& out, double value, const Config& at) {
  if (!std::isfinite(value)) {
    throw Error("E_CONFIG_NUMBER", at.place(),
                std::string(std::isnan(value) ? "nan" : "inf") + " cannot stand in JSON");
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

struct Writer {
  std::string& out;
  int indent;

  void line(int depth) const {
    if (indent == 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent * depth), ' ');
  }

  void write(const Config& value, int depth) const {
    switch (value.kind()) {
      case Config::Kind::null: out += "null"; break;
      case Config::Kind::boolean: out += value.boolean() ? "true" : "false"; break;
      case Config::Kind::integer: out += std::to_string(value.integer()); break;
      case Config::Kind::real: write_real(out, value.real(), value); break;
      case Config::Kind::string: write_string(out, value.string()); break;
      case Config::Kind::array: write_list(value.items(), depth); break;
      case Config::Kind::object: write_object(value.members(), depth); break;
    }
  }

  void write_list(const Config::Items& items, int depth) const {
    out += '[';
    bool first = true;
    for (const Config& item : items) {
      if (!first) out += ',';
      // Lists of scalars stay on one line.
      const bool nested = item.is_object() || item.is_array();
      if (nested) {
        line(depth + 1);
      } else if (!first) {
        out += ' ';
      }
      write(item, depth + 1);
      first = false;
    }
    if (!items.empty() && (items.back().is_object() || items.back().is_array())) line(depth);
    out += ']';
  }

  void write_object(const Config::Members& members, int depth) const {
    out += '{';
    bool first = true;
    for (const auto& member : members) {
      if (!first) out += indent == 0 ? ", " : ",";
      line(depth + 1);
      write_string(out, member.first);
      out += ": ";
      write(member.second, depth + 1);
      first = false;
    }
    if (!members.empty()) line(depth);
    out += '}';
  }
};

}  // namespace

std::string write_json(const Config& value, int indent) {
  std::string out;
  Writer{out, indent}.write(value, 0);
  return out;
}

}  // namespace strata

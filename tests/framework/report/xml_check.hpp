// A small well-formedness check of XML, for pictures and pages of our own making: tags pair, attributes are quoted,
// every & starts a known entity, no < in attributes, no control bytes. Returns the fault, or nothing.
#pragma once

#include <string>
#include <vector>

namespace xml {

inline std::string fault(const std::string& text) {
  std::vector<std::string> open;
  std::size_t i = 0;
  const auto at = [&] { return " at byte " + std::to_string(i) + ": " + text.substr(i, 40); };
  const auto entity = [&] {
    for (const char* known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (text.compare(i, std::string(known).size(), known) == 0) return true;
    }
    return false;
  };
  const std::string doctype = "<!DOCTYPE html>\n";
  if (text.compare(0, doctype.size(), doctype) == 0) i = doctype.size();
  bool rooted = false;
  for (; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\n') return "control byte" + at();
    if (text[i] == '&' && !entity()) return "bare &" + at();
    if (text[i] != '<') {
      if (open.empty() && text[i] != '\n') return "text outside of the root" + at();
      continue;
    }
    const bool closes = text.compare(i, 2, "</") == 0;
    std::size_t j = i + (closes ? 2 : 1);
    std::string name;
    while (j < text.size() && (std::isalnum(static_cast<unsigned char>(text[j])) != 0)) name += text[j++];
    if (name.empty()) return "no tag" + at();
    bool quoted = false;
    for (; j < text.size() && (quoted || text[j] != '>'); ++j) {
      if (text[j] == '"') quoted = !quoted;
      if (text[j] == '<') return "< in a tag" + at();
      if (text[j] == '=' && !quoted && text[j + 1] != '"') return "unquoted attribute" + at();
      if (text[j] == '&') {
        const std::size_t keep = i;
        i = j;
        if (!entity()) return "bare & in an attribute" + at();
        i = keep;
      }
    }
    if (j == text.size()) return "unclosed tag" + at();
    if (closes) {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing" + at();
      open.pop_back();
    } else if (text[j - 1] != '/') {
      if (open.empty() && rooted) return "second root" + at();
      rooted = true;
      open.push_back(name);
    }
    i = j;
  }
  return open.empty() ? std::string() : "<" + open.back() + "> stays open";
}

inline int count(const std::string& text, const std::string& what) {
  int found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

}  // namespace xml

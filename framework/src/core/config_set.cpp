// `--set path=value` over a Config, environment variables in paths, and the nearest known name.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"

namespace strata {
namespace {

// A JSON value if the text is one, else the text: nobody wants to quote names twice at a shell.
Config value_of(std::string_view text, const std::string& source) {
  try {
    return parse_json(text, source);
  } catch (const Error& fault) {
    if (fault.code() == "E_CONFIG_NUMBER") throw Error(fault.code(), source, fault.message(), fault.hint());
    const bool meant = !text.empty() && text.front() == '{';  // "[unk]" may be a text
    if (fault.code() != "E_CONFIG_JSON" || meant) throw;
  }
  Config out(text);
  out.set_source(source);
  return out;
}

std::vector<std::string> split_path(std::string_view path, const std::string& source) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const bool hole = std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  if (hole) throw Error("E_CONFIG_PATH", source, "\"" + std::string(path) + "\" is no path", "like train.optimizer.lr");
  return parts;
}

// Another component's options mean nothing to the new one: those that came with the old type go.
void drop_options_of_old_type(Config& component, const std::string& type, const std::string& source) {
  const Config* old = component.find("type");
  if (old == nullptr || !old->is_string() || old->string() == type) return;
  const std::string old_type = old->string(), old_source = old->source();
  std::vector<std::string> dropped;
  for (const auto& member : component.members()) {
    if (member.first != "type" && member.second.source() == old_source) dropped.push_back(member.first);
  }
  std::string names;
  for (const std::string& name : dropped) {
    names += (names.empty() ? "" : ", ") + name;
    component.erase(name);
  }
  if (!dropped.empty()) {
    log_info(source + ": options of \"" + old_type + "\" do not go over to \"" + type + "\": " + names);
  }
}

}  // namespace

void Config::set(std::string_view path, std::string_view text, std::string_view source) {
  const std::string from = source.empty() ? "--set " + std::string(path) : std::string(source);
  const std::vector<std::string> parts = split_path(path, from);
  Config value = value_of(text, from);

  Config* node = this;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& name = parts[i];
    const bool last = i + 1 == parts.size();
    if (node->is_string() && i > 0) {  // "attention": "additive" is short for {"type": "additive"}
      Config type = *node;
      node->value_ = Members{};
      node->put("type", std::move(type));
    }
    if (auto* list = std::get_if<Items>(&node->value_)) {
      std::size_t index = 0;
      const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), index);
      if (fault != std::errc() || end != name.data() + name.size() || index >= list->size()) {
        throw Error("E_CONFIG_PATH", from, "\"" + name + "\" is no index of a list of " + std::to_string(list->size()));
      }
      if (last) {
        (*list)[index] = std::move(value);
        return;
      }
      node = &(*list)[index];
      continue;
    }
    if (!node->is_null() && !node->is_object()) {
      throw Error("E_CONFIG_PATH", from,
                  "\"" + name + "\" cannot be set below " + std::string(node->kind_name()) + " at " + node->place());
    }
    if (node->is_null()) node->value_ = Members{};
    if (last) {
      if (name == "type" && value.is_string()) drop_options_of_old_type(*node, value.string(), from);
      node->put(name, std::move(value));
      return;
    }
    if (node->find(name) == nullptr) {
      Config made = Config::object();
      made.set_source(from);
      node->put(name, std::move(made));
    }
    node = const_cast<Config*>(node->find(name));
  }
}

std::string expand_environment(std::string_view text, std::string_view place) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out += text[i++];
      continue;
    }
    ++i;
    if (i < text.size() && text[i] == '$') {
      out += text[i++];
      continue;
    }
    const bool braced = i < text.size() && text[i] == '{';
    if (braced) ++i;
    const std::size_t start = i;
    const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    while (i < text.size() && word(text[i])) ++i;
    const std::string name(text.substr(start, i - start));
    if (name.empty() || (braced && (i == text.size() || text[i] != '}'))) {
      throw Error("E_CONFIG_ENVIRONMENT", std::string(place),
                  "no variable's name after '$' in \"" + std::string(text) + "\"",
                  "$NAME or ${NAME}; $$ is a dollar sign");
    }
    if (braced) ++i;
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      throw Error("E_CONFIG_ENVIRONMENT", std::string(place), "the environment variable " + name + " is not set",
                  "export " + name + "=...");
    }
    out += value;
  }
  return out;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  const auto plain = [](std::string_view text) {
    std::string out(text.substr(0, 64));
    for (char& c : out) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  };
  const std::string wanted = plain(name);
  std::string best;
  std::size_t best_distance = wanted.size() / 3 + 2;  // farther than that is another word
  for (const std::string& candidate : known) {
    const std::string other = plain(candidate);
    // Optimal string alignment: insertion, deletion, substitution, transposition of neighbours.
    std::vector<std::vector<std::size_t>> d(wanted.size() + 1, std::vector<std::size_t>(other.size() + 1));
    for (std::size_t i = 0; i <= wanted.size(); ++i) {
      for (std::size_t j = 0; j <= other.size(); ++j) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        const std::size_t change = wanted[i - 1] == other[j - 1] ? 0 : 1;
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
        if (i > 1 && j > 1 && wanted[i - 1] == other[j - 2] && wanted[i - 2] == other[j - 1]) {
          d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    const std::size_t distance = d[wanted.size()][other.size()];
    if (distance < best_distance && distance < std::max(wanted.size(), other.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace strata

// write_scaffold: templates with their words filled in. "@name@" my_part, "@Class@" MyPartAttention, "@role@",
// "@version@" what find_package asks for, "@prefix@" where this Strata is.
#include "strata/plugin/scaffold.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "plugin/library.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/version.hpp"
#include "strata/plugin/registry.hpp"

namespace fs = std::filesystem;

namespace strata {
namespace {

constexpr std::string_view kCommon = "common";  // what every role's folder gets
constexpr std::size_t kLongestName = 40;        // the descriptor has room for 63

// The tree that libstrata stands in: PREFIX/lib/libstrata.so.
fs::path prefix() { return fs::canonical(detail::own_library()).parent_path().parent_path(); }

fs::path templates() {
  fs::path folder = prefix() / "share/strata/templates";
  if (fs::is_directory(folder / kCommon)) return folder;
  throw Error("E_PLUGIN_TEMPLATE", folder.string(), "there are no templates", "install Strata as a whole");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void check_name(const ScaffoldRequest& request, const Registry& registry) {
  const std::string& name = request.name;
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool plain =
      !name.empty() && lower(name.front()) && name.size() <= kLongestName &&
      std::all_of(name.begin(), name.end(), [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; });
  if (!plain) {
    throw Error("E_PLUGIN_NAME", "plugins new", "'" + printable(name, 60) + "' is no name for a plugin",
                "up to 40 of a-z, 0-9 and _, from a letter on: my_attention");
  }
  // Targets that CMake makes itself.
  constexpr std::array<std::string_view, 8> kReserved = {"all",     "clean", "edit_cache", "help",
                                                         "install", "test",  "package",    "rebuild_cache"};
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    throw Error("E_PLUGIN_NAME", "plugins new", "'" + name + "' is a target of CMake's own", "my_" + name + " is none");
  }
  for (const ComponentInfo& known : registry.components(request.role)) {
    if (known.name != name) continue;
    throw Error("E_PLUGIN_NAME", "plugins new", request.role + "/" + name + " exists, in plugin " + known.plugin.name,
                "take another name: a recipe could not tell the two apart");
  }
}

using Words = std::map<std::string, std::string>;

// my_part -> MyPart
std::string camel(const std::string& snake) {
  std::string out;
  bool start = true;
  for (const char c : snake) {
    if (c != '_') out += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    start = c == '_';
  }
  return out;
}

Words words_of(const ScaffoldRequest& request) {
  const std::string name = camel(request.name), role = camel(request.role), full(version());
  const std::string quoted = write_json(Config(prefix().string()), 0);
  return {{"@name@", request.name},
          {"@Class@", name.ends_with(role) && name != role ? name : name + role},
          {"@role@", request.role},
          {"@version@", full.substr(0, full.rfind('.'))},
          {"@prefix@", quoted.substr(1, quoted.size() - 2)}};
}

std::string filled(std::string text, const Words& words) {
  for (const auto& [word, value] : words) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += value.size()) {
      text.replace(at, word.size(), value);
    }
  }
  return text;
}

}  // namespace

std::vector<std::string> scaffold_roles() {
  std::vector<std::string> roles;
  for (const auto& entry : fs::directory_iterator(templates())) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name != kCommon) roles.push_back(name);
  }
  std::sort(roles.begin(), roles.end());
  return roles;
}

std::vector<std::string> write_scaffold(const ScaffoldRequest& request, const Registry& registry) {
  const std::vector<std::string> roles = scaffold_roles();
  if (std::find(roles.begin(), roles.end(), request.role) == roles.end()) {
    const std::string near = nearest_name(request.role, roles);
    throw Error("E_PLUGIN_TEMPLATE", "plugins new",
                "there is no template for the role '" + printable(request.role, 60) + "'",
                near.empty() ? "roles that have one: " + joined(roles) : "did you mean " + near + "?");
  }
  check_name(request, registry);
  std::error_code fault;
  std::string folder = request.folder;  // "mine/" is "mine"
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (fs::exists(fs::symlink_status(folder, fault))) {
    throw Error("E_IO_WRITE", folder, "exists already", "name another folder with --output");
  }

  // Written beside and renamed, so that there is a whole folder or none.
  const std::string unfinished = folder + ".unfinished-" + std::to_string(getpid());
  if (!fs::create_directory(unfinished, fault)) {
    throw Error("E_IO_WRITE", folder, "cannot be made: " + fault.message(), "its parent folder must exist");
  }
  std::vector<std::string> names;
  try {
    const Words words = words_of(request);
    for (const fs::path& from : {templates() / kCommon, templates() / request.role}) {
      for (const auto& entry : fs::directory_iterator(from)) {
        names.push_back(filled(entry.path().stem().string(), words));  // X.in -> X
        write_file(unfinished + "/" + names.back(), filled(read_file(entry.path().string()), words));
      }
    }
    fs::rename(unfinished, folder);
  } catch (...) {
    fs::remove_all(unfinished, fault);
    throw;
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace strata

// compare_recipes: which keys a run keeps for life, which may change with a word, and which silently; and the choice of
// the checkpoint.
#include "run/resume.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "checkpoint/checkpoint_folder.hpp"
#include "run/old_recipe.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata::detail {
namespace {

struct Difference {
  std::string path;  // "model.hidden"
  Config before, now;
  bool added = false;  // true: the object before has no such member
};

std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

void find_differences(const std::string& path, const Config* before, const Config* now, std::vector<Difference>& out) {
  if (before != nullptr && now != nullptr && *before == *now) return;
  // A run of an earlier version has no word of an option that came later.
  if (before == nullptr && now != nullptr && now->is_array() && now->items().empty()) return;
  const bool objects = before != nullptr && now != nullptr && before->is_object() && now->is_object();
  if (!objects) {
    out.push_back({path, before != nullptr ? *before : Config(), now != nullptr ? *now : Config(), before == nullptr});
    return;
  }
  for (const auto& [name, value] : before->members()) find_differences(below(path, name), &value, now->find(name), out);
  for (const auto& [name, value] : now->members()) {
    if (before->find(name) == nullptr) find_differences(below(path, name), nullptr, &value, out);
  }
}

bool under(const std::string& path, std::string_view key) {
  return path.rfind(key, 0) == 0 && (path.size() == key.size() || path[key.size()] == '.');
}

// Whether the path is one of `ours`, or one of `trainers`, which are below "train".
template <class Ours>
bool listed(const std::string& path, const Ours& ours, const std::vector<std::string>& trainers) {
  return std::any_of(ours.begin(), ours.end(), [&](std::string_view key) { return under(path, key); }) ||
         std::any_of(trainers.begin(), trainers.end(),
                     [&](const std::string& key) { return under(path, "train." + key); });
}

// They make up the parameters, the meaning of an id or the order of the data. A trainer adds its own (ResumeRules).
constexpr std::array<std::string_view, 6> kForLife = {"model", "tokenizer", "data", "feed", "seed", "train.type"};
constexpr std::array<std::string_view, 3> kFree = {"plugins", "decode", "evaluate"};

std::string text_of(const Config& value) {
  std::string text = write_json(value, 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text);
}

std::string name_of(std::int64_t update) { return "checkpoint-" + std::to_string(update); }

}  // namespace

Resume choose_resume(const RunFolder& folder) {
  Resume resume;
  std::vector<std::int64_t> candidates = folder.checkpoints();
  std::reverse(candidates.begin(), candidates.end());
  const std::optional<std::int64_t> latest = folder.latest();
  std::stable_partition(candidates.begin(), candidates.end(), [&](std::int64_t update) { return update == latest; });
  for (const std::int64_t update : candidates) {
    const std::optional<Error> damage = folder.damage(update);
    if (!damage) {
      resume.update = update;
      break;
    }
    const std::string file = std::filesystem::path(damage->place()).filename().string();
    resume.others.emplace_back(update, "is damaged (" + file + ": " + damage->message() + ")");
  }
  if (!resume.update) {
    if (!candidates.empty()) folder.verify(candidates.front());  // throws
    return {};
  }
  // What nobody could replace when the run comes to it again.
  for (const std::int64_t update : candidates) {
    const auto known = [update](const auto& other) { return other.first == update; };
    if (update <= *resume.update || std::any_of(resume.others.begin(), resume.others.end(), known)) continue;
    const FolderState state = state_of_folder(folder.checkpoint(update));
    if (state.is == Folder::foreign) resume.others.emplace_back(update, state.why);
  }
  return resume;
}

std::vector<std::string> set_aside(const RunFolder& folder, const Resume& resume) {
  std::vector<std::string> lines;
  for (const auto& [update, why] : resume.others) {
    const std::string from = folder.checkpoint(update), wanted = from + ".set-aside";
    std::string to = wanted;
    std::error_code fault;
    for (int i = 2; std::filesystem::exists(std::filesystem::symlink_status(to, fault)); ++i) {
      to = wanted + "-" + std::to_string(i);
    }
    std::filesystem::rename(from, to, fault);
    if (fault) throw Error("E_IO_WRITE", from, "cannot be renamed to " + to + ": " + fault.message());
    lines.push_back(from + " " + why + ": it is now " + std::filesystem::path(to).filename().string() +
                    ", and the run goes on from " + name_of(*resume.update));
  }
  return lines;
}

std::vector<std::string> compare_recipes(const Config& saved, const Config& now, const Config& given,
                                         const ResumeRules& rules, const std::string& folder) {
  std::vector<Difference> differences;
  Config before = saved;
  (void)move_old_options(before);
  find_differences("", &before, &now, differences);
  std::vector<std::string> changes;
  for (const Difference& one : differences) {
    if (listed(one.path, kFree, rules.free)) continue;
    const std::string values = text_of(one.now) + ", the run was started with " + text_of(one.before);
    if (listed(one.path, kForLife, rules.fixed)) {
      if (one.added) continue;  // an option that the version which saved the run did not have
      const Config* at = given.find_path(one.path);
      const std::string place = at != nullptr && !at->place().empty() ? at->place() : one.path;
      throw Error("E_CONFIG_RESUME", place, one.path + " is " + values + " (" + folder + "/config.json)",
                  "set it back, or give another --output");
    }
    changes.push_back(one.path + " is now " + values);
  }
  return changes;
}

}  // namespace strata::detail

// compare_recipes: which keys a run keeps for life, which may change with a word, and which silently.
#include "run/resume.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata::detail {
namespace {

struct Difference {
  std::string path;  // "model.hidden"
  Config before, now;
};

std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

void find_differences(const std::string& path, const Config* before, const Config* now, std::vector<Difference>& out) {
  if (before != nullptr && now != nullptr && *before == *now) return;
  const bool objects = before != nullptr && now != nullptr && before->is_object() && now->is_object();
  if (!objects) {
    out.push_back({path, before != nullptr ? *before : Config(), now != nullptr ? *now : Config()});
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

// They make up the parameters, the meaning of an id or the order of the data.
constexpr std::array<std::string_view, 10> kForLife = {"model",       "tokenizer",        "data",
                                                       "seed",        "train.type",       "train.optimizer.type",
                                                       "train.batch", "train.max_length", "train.train_split",
                                                       "train.ema"};
constexpr std::array<std::string_view, 11> kFree = {"plugins",
                                                    "decode",
                                                    "evaluate",
                                                    "train.max_updates",
                                                    "train.max_epochs",
                                                    "train.max_minutes",
                                                    "train.report_every",
                                                    "train.validate_every",
                                                    "train.checkpoint_every",
                                                    "train.keep_checkpoints",
                                                    "train.patience"};

std::string text_of(const Config& value) {
  std::string text = write_json(value, 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text);
}

}  // namespace

std::vector<std::string> compare_recipes(const Config& saved, const Config& now, const Config& given,
                                         const std::string& folder) {
  std::vector<Difference> differences;
  find_differences("", &saved, &now, differences);
  std::vector<std::string> changes;
  for (const Difference& one : differences) {
    const auto holds = [&](std::string_view key) { return under(one.path, key); };
    if (std::any_of(kFree.begin(), kFree.end(), holds)) continue;
    const std::string values = text_of(one.now) + ", the run was started with " + text_of(one.before);
    if (std::any_of(kForLife.begin(), kForLife.end(), holds)) {
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

// SplitFiles: reading the options and finding a split by name.
#include "data/split_files.hpp"

#include <algorithm>
#include <filesystem>

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"

namespace strata {

SplitFiles::SplitFiles(const SplitOptions& options, std::string dataset) : dataset_(std::move(dataset)) {
  const auto add = [&](const std::string& name, const std::string& path) {
    if (std::any_of(files_.begin(), files_.end(), [&](const auto& file) { return file.first == name; })) {
      throw Error("E_DATA_SPLIT", place(name), "is given twice");
    }
    files_.emplace_back(name, expand_environment(path, place(name)));
  };
  if (!options.train.empty()) add("train", options.train);
  if (!options.valid.empty()) add("valid", options.valid);
  if (!options.test.empty()) add("test", options.test);
  for (const std::string& entry : options.splits) {
    const std::size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == entry.size()) {
      throw Error("E_DATA_SPLIT", "[" + dataset_ + "] splits", "'" + printable(entry) + "' is not NAME=PATH");
    }
    add(entry.substr(0, equals), entry.substr(equals + 1));
  }
  if (files_.empty()) {
    throw Error("E_DATA_SPLIT", "[" + dataset_ + "]", "no split is given", "set train, valid, test or splits");
  }
}

std::vector<std::string> SplitFiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, path] : files_) names.push_back(name);
  return names;
}

std::string SplitFiles::path(std::string_view name, const std::function<bool(const std::string&)>& exists,
                             bool keep_extension) const {
  for (const auto& [known, path] : files_) {
    if (known == name) return path;
  }
  if (!files_.empty() && files_[0].first == "train" && !name.empty() && name.find('/') == std::string_view::npos) {
    const std::filesystem::path train = files_[0].second;
    std::string file(name);
    if (keep_extension) file += train.extension().string();
    const std::string sibling = (train.parent_path() / file).string();
    if (exists(sibling)) return sibling;
  }
  std::string known;
  for (const auto& [other, path] : files_) known += (known.empty() ? "" : ", ") + other;
  throw Error("E_DATA_SPLIT", place(name), "there is no such split",
              "known: " + known + "; or name a file beside train's");
}

std::string SplitFiles::place(std::string_view name) const { return "[" + dataset_ + "] split " + printable(name, 60); }

}  // namespace strata

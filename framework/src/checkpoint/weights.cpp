// Weights: which files a path means, the index of shards, and reading.
#include "strata/checkpoint/weights.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/codes_names.hpp"
#include "checkpoint/convert.hpp"
#include "checkpoint/first_few.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata {
namespace fs = std::filesystem;

namespace {

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr std::int64_t kPiece = 1 << 16;  // elements that are converted at once

bool is_there(const std::string& path) {
  std::error_code fault;
  return fs::exists(path, fault);
}

bool is_folder(const std::string& path) {
  std::error_code fault;
  return fs::is_directory(path, fault);
}

// A folder of the field whose weights are in a form that executes code when it is read, or that is not known.
[[noreturn]] void fail_other_form(const std::string& folder, const std::string& other) {
  throw Error("E_CHECKPOINT_MISSING", folder, "has " + other + " and no model.safetensors",
              "only safetensors are read: convert it with the library that wrote it (save_pretrained)");
}

std::string folder_of(const std::string& path) {
  if (is_there(path + "/" + kIndex) || is_there(path + "/" + kWeights)) return path;
  for (const char* other : {"pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"}) {
    if (is_there(path + "/" + other)) fail_other_form(path, other);
  }
  return find_checkpoint(path);
}

}  // namespace

Weights::Weights(const std::string& path) : path_(path) {
  if (!is_folder(path)) {
    if (!is_there(path)) throw Error("E_CHECKPOINT_MISSING", path, "is not there");
    add(path);
  } else {
    path_ = folder_of(path);
    if (is_there(path_ + "/" + std::string(detail::kManifestName))) verify_checkpoint_file(path_, kWeights);
    if (is_there(path_ + "/" + kIndex)) {
      open_shards(path_ + "/" + kIndex);
    } else {
      add(path_ + "/" + kWeights);
    }
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  join_codes();
}

Weights::~Weights() = default;

void Weights::add(std::string path) {
  files_.push_back(std::make_unique<SafetensorsFile>(std::move(path)));
  for (const SafetensorsFile::Entry& entry : files_.back()->entries()) {
    entries_.push_back({entry.name, entry.dtype, entry.dtype, entry.shape, files_.size() - 1});
  }
}

void Weights::open_shards(const std::string& index) {
  const Config config = read_json(index);
  std::map<std::string, std::vector<std::string>> shards;  // file -> tensors that the index has in it
  for (const auto& [tensor, file] : config.at("weight_map").members()) shards[file.string()].push_back(tensor);
  if (shards.empty()) throw Error("E_CHECKPOINT_INDEX", index, "names no tensor");
  std::map<std::string, std::string> found;  // tensor -> shard, of those that are opened
  std::vector<std::string> unnamed, order;
  for (const auto& [file, tensors] : shards) {
    if (file.find('/') != std::string::npos || file == "." || file == "..") {
      throw Error("E_CHECKPOINT_INDEX", index,
                  "names the file \"" + printable(file) + "\", which is not in the folder");
    }
    const std::string path = path_ + "/" + file;
    if (!is_there(path)) {
      throw Error("E_CHECKPOINT_MISSING", path,
                  "is missing, a shard that the index names for " + std::to_string(tensors.size()) + " tensors (" +
                      detail::first_few(tensors) + ")",
                  "the download is not complete");
    }
    add(path);
    order.push_back(file);
    for (const SafetensorsFile::Entry& entry : files_.back()->entries()) {
      const bool named = std::find(tensors.begin(), tensors.end(), entry.name) != tensors.end();
      if (!named && config.at("weight_map").find(entry.name) == nullptr) unnamed.push_back(entry.name);
      if (named || found.count(entry.name) == 0) found[entry.name] = file;
    }
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const std::string& tensor : shards[order[i]]) {
      if (files_[i]->find(tensor) != nullptr) continue;
      const auto other = found.find(tensor);
      throw Error("E_CHECKPOINT_INDEX", index,
                  "has \"" + printable(tensor) + "\" in " + order[i] + ", which does not have it" +
                      (other == found.end() ? "" : ": it is in " + other->second));
    }
  }
  if (!unnamed.empty()) {
    throw Error(
        "E_CHECKPOINT_INDEX", index,
        "leaves out " + std::to_string(unnamed.size()) + " tensors of its shards (" + detail::first_few(unnamed) + ")");
  }
  // A tensor that two shards have is read from that of the index.
  const auto elsewhere = [&](const Entry& entry) { return found.at(entry.name) != order[entry.file]; };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), elsewhere), entries_.end());
}

// NAME.codes and NAME.scale of a checkpoint in 8 bits become NAME.
void Weights::join_codes() {
  std::vector<Entry> joined;
  std::vector<std::string> parts;
  for (const Entry& entry : entries_) {
    const std::string end = detail::codes_name("");
    const bool codes = entry.dtype == DType::i8 && entry.shape.rank() == 2 && entry.name.size() > end.size() &&
                       entry.name.compare(entry.name.size() - end.size(), end.size(), end) == 0;
    if (!codes) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - end.size());
    const Entry* scale = find(detail::scale_name(name));
    if (scale == nullptr || !(scale->shape == Shape{entry.shape[0]}) || scale->dtype != DType::f32) continue;
    joined.push_back({name, DType::f32, DType::i8, entry.shape, entry.file});
    parts.insert(parts.end(), {entry.name, scale->name});
  }
  if (joined.empty()) return;
  const auto is_part = [&](const Entry& entry) {
    return std::find(parts.begin(), parts.end(), entry.name) != parts.end();
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_part), entries_.end());
  entries_.insert(entries_.end(), joined.begin(), joined.end());
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
}

const Weights::Entry* Weights::find(std::string_view name) const noexcept {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name,
                                   [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

std::vector<std::string> Weights::files() const {
  std::vector<std::string> paths;
  for (const auto& file : files_) paths.push_back(file->path());
  return paths;
}

void Weights::read(const Entry& entry, std::int64_t first, std::int64_t count, void* into, DType dtype) const {
  const SafetensorsFile& file = *files_[entry.file];
  const bool codes = entry.stored != entry.dtype;
  const SafetensorsFile::Entry& values = *file.find(codes ? detail::codes_name(entry.name) : entry.name);
  const auto from_size = static_cast<std::int64_t>(size_of(entry.stored)),
             size = static_cast<std::int64_t>(size_of(dtype));
  const auto bytes = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
  if (!codes && entry.stored == dtype) return file.read_bytes(values, bytes(first * size), bytes(count * size), into);
  std::vector<float> scale;
  if (codes) {
    scale.resize(static_cast<std::size_t>(entry.shape[0]));
    file.read_bytes(*file.find(detail::scale_name(entry.name)), 0, scale.size() * sizeof(float), scale.data());
  }
  std::vector<char> piece(static_cast<std::size_t>(std::min(kPiece, count) * from_size));
  for (std::int64_t done = 0; done < count; done += kPiece) {
    const std::int64_t now = std::min(kPiece, count - done);
    char* to = static_cast<char*>(into) + done * size;
    file.read_bytes(values, bytes((first + done) * from_size), bytes(now * from_size), piece.data());
    detail::convert(piece.data(), entry.stored, to, dtype, now);
    for (std::int64_t i = 0; codes && i < now; ++i) {
      const float factor = scale[static_cast<std::size_t>((first + done + i) / entry.shape[1])];
      if (dtype == DType::f32) {
        reinterpret_cast<float*>(to)[i] *= factor;
      } else {
        reinterpret_cast<double*>(to)[i] *= static_cast<double>(factor);
      }
    }
  }
}

}  // namespace strata

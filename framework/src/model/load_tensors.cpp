// Filling parameters and optimizer state from a file, after all names and shapes were compared.
#include <algorithm>
#include <unordered_set>

#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/model/checkpoint.hpp"
#include "strata/model/safetensors.hpp"

namespace strata {
namespace {

std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + printable(names[i], 80);
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

void check_names(const SafetensorsFile& file, std::span<const NamedTensor> wanted) {
  std::vector<std::string> missing, unknown;
  std::unordered_set<std::string_view> names;
  for (const NamedTensor& one : wanted) {
    names.insert(one.name);
    if (file.find(one.name) == nullptr) missing.push_back(one.name);
  }
  for (const SafetensorsFile::Entry& entry : file.entries()) {
    if (names.find(entry.name) == names.end()) unknown.push_back(entry.name);
  }
  if (missing.empty() && unknown.empty()) return;
  std::string message;
  if (!missing.empty()) message = "lacks " + first_few(missing);
  if (!unknown.empty())
    message += (message.empty() ? "" : "; ") + ("has " + first_few(unknown)) + ", which nothing asks for";
  throw Error("E_CHECKPOINT_PARAMETERS", file.path(), message, "the model was built from another recipe");
}

void check_shape(const SafetensorsFile& file, const SafetensorsFile::Entry& entry, const Tensor& tensor) {
  if (!(entry.shape == tensor.shape())) {
    throw Error("E_CHECKPOINT_SHAPE", file.path(),
                entry.name + " is " + entry.shape.str() + " in the file, " + tensor.shape().str() + " is needed",
                "the model was built from another recipe");
  }
  if (is_floating(entry.dtype) != is_floating(tensor.dtype())) {
    throw Error("E_CHECKPOINT_DTYPE", file.path(),
                entry.name + " is " + name_of(entry.dtype) + " in the file, " + name_of(tensor.dtype()) + " is needed");
  }
}

}  // namespace

void load_tensors(const std::string& path, std::span<const NamedTensor> tensors) {
  const SafetensorsFile file(path);
  check_names(file, tensors);
  for (const NamedTensor& one : tensors) check_shape(file, *file.find(one.name), one.value);
  const NoGrad scope;
  for (const NamedTensor& one : tensors) copy_into(one.value, file.read(*file.find(one.name), one.value.device()));
}

void load_parameters(const std::string& path, std::span<const NamedParameter> parameters) {
  std::vector<NamedTensor> tensors;
  for (const NamedParameter& one : parameters) tensors.push_back({one.name, one.parameter.value()});
  load_tensors(path, tensors);
}

}  // namespace strata

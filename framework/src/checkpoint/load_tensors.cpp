// Filling parameters and optimizer state from a file, after all names and shapes were compared.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "checkpoint/check_parameters.hpp"
#include "checkpoint/codes_names.hpp"
#include "checkpoint/convert.hpp"
#include "checkpoint/first_few.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using detail::codes_name;
using detail::first_few;
using detail::scale_name;

void check_names(const SafetensorsFile& file, const std::vector<std::string>& wanted) {
  std::vector<std::string> missing, unknown;
  std::unordered_set<std::string_view> names;
  for (const std::string& name : wanted) {
    names.insert(name);
    if (file.find(name) == nullptr) missing.push_back(name);
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

void check_shape(const SafetensorsFile& file, const SafetensorsFile::Entry& entry, const Shape& shape, DType dtype) {
  if (!(entry.shape == shape)) {
    throw Error("E_CHECKPOINT_SHAPE", file.path(),
                entry.name + " is " + entry.shape.str() + " in the file, " + shape.str() + " is needed",
                "the model was built from another recipe");
  }
  if (is_floating(entry.dtype) ? !is_floating(dtype) : entry.dtype != dtype) {
    throw Error("E_CHECKPOINT_DTYPE", file.path(),
                entry.name + " is " + name_of(entry.dtype) + " in the file, " + name_of(dtype) + " is needed");
  }
}

// A parameter in 8 bits: NAME.codes and NAME.scale.
bool in_codes(const SafetensorsFile& file, const NamedParameter& one) {
  return one.parameter.state().quantizable && file.find(one.name) == nullptr &&
         file.find(codes_name(one.name)) != nullptr;
}

void check_rows(const SafetensorsFile& file, const NamedParameter& one) {
  check_shape(file, *file.find(codes_name(one.name)), one.parameter.shape(), DType::i8);
  check_shape(file, *file.find(scale_name(one.name)), {one.parameter.shape()[0]}, DType::f32);
}

// All names and shapes, before a value is read.
void compare(const SafetensorsFile& file, std::span<const NamedParameter> parameters) {
  std::vector<std::string> names;
  for (const NamedParameter& one : parameters) {
    if (in_codes(file, one)) {
      names.insert(names.end(), {codes_name(one.name), scale_name(one.name)});
    } else {
      names.push_back(one.name);
    }
  }
  check_names(file, names);
  for (const NamedParameter& one : parameters) {
    if (in_codes(file, one)) {
      check_rows(file, one);
    } else {
      check_shape(file, *file.find(one.name), one.parameter.shape(), DType::f32);
    }
  }
}

Int8Rows read_rows(const SafetensorsFile& file, const NamedParameter& one) {
  const SafetensorsFile::Entry &codes = *file.find(codes_name(one.name)), &scale = *file.find(scale_name(one.name));
  const std::shared_ptr<Device> device = one.parameter.value().device();
  Int8Rows rows{file.read(codes, device), cast(file.read(scale, device), DType::f32)};
  const std::vector<double> values = rows.scale.to_doubles();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) && values[i] >= 0) continue;
    throw Error("E_CHECKPOINT_SCALE", file.path(),
                scale.name + "[" + std::to_string(i) + "] is " + std::to_string(values[i]),
                "the scale of a row is finite and not negative: the file is damaged");
  }
  rows.codes.set_constant(true);
  return rows;
}

}  // namespace

void load_tensors(const std::string& path, std::span<const NamedTensor> tensors) {
  const SafetensorsFile file(path);
  std::vector<std::string> names;
  for (const NamedTensor& one : tensors) names.push_back(one.name);
  check_names(file, names);
  for (const NamedTensor& one : tensors) {
    check_shape(file, *file.find(one.name), one.value.shape(), one.value.dtype());
  }
  const NoGrad scope;
  for (const NamedTensor& one : tensors) copy_into(one.value, file.read(*file.find(one.name), one.value.device()));
}

void detail::check_parameters(const std::string& path, std::span<const NamedParameter> parameters) {
  compare(SafetensorsFile(path), parameters);
}

namespace {

// The values of a checkpoint, each of which goes from the file to its place.
class FileValues final : public ValueSource {
 public:
  explicit FileValues(const SafetensorsFile& file) : file_(file) {}

  bool fill(const NamedParameter& one, const Tensor& values, const std::function<void()>& /*draw*/) override {
    if (in_codes(file_, one)) return true;  // their 8-bit form is read afterwards, and these values are dropped
    const SafetensorsFile::Entry& entry = *file_.find(one.name);
    auto* into = static_cast<char*>(values.view().data);
    if (entry.dtype == values.dtype()) {
      file_.read_bytes(entry, 0, entry.end - entry.begin, into);
      return true;
    }
    constexpr std::int64_t kPiece = 1 << 16;  // elements
    const auto size = static_cast<std::int64_t>(size_of(entry.dtype));
    std::vector<char> piece(static_cast<std::size_t>(kPiece * size));
    for (std::int64_t done = 0, all = values.numel(); done < all; done += kPiece) {
      const std::int64_t count = std::min(kPiece, all - done);
      file_.read_bytes(entry, static_cast<std::uint64_t>(done * size), static_cast<std::uint64_t>(count * size),
                       piece.data());
      detail::convert(piece.data(), entry.dtype, into + done * static_cast<std::int64_t>(size_of(values.dtype())),
                      values.dtype(), count);
    }
    return true;
  }

 private:
  const SafetensorsFile& file_;
};

}  // namespace

void materialise_from(const std::string& path, Layer& model, std::uint64_t seed) {
  const SafetensorsFile file(path);
  const std::vector<NamedParameter> parameters = model.saved();
  compare(file, parameters);
  FileValues values(file);
  model.materialise(seed, DType::f32, &values);
  const NoGrad scope;
  for (const NamedParameter& one : parameters) {
    if (!in_codes(file, one)) continue;
    Int8Rows rows = read_rows(file, one);
    one.parameter.state().value = {};
    one.parameter.state().rows = std::move(rows);
  }
}

void load_parameters(const std::string& path, std::span<const NamedParameter> parameters) {
  const SafetensorsFile file(path);
  compare(file, parameters);
  const NoGrad scope;
  std::vector<Int8Rows> rows(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (in_codes(file, parameters[i])) rows[i] = read_rows(file, parameters[i]);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    ParameterState& state = parameters[i].parameter.state();
    if (rows[i].codes.defined()) {
      state.value = {};
    } else {
      const Tensor& value = parameters[i].parameter.value();
      copy_into(value, file.read(*file.find(parameters[i].name), value.device()));
    }
    state.rows = rows[i];
  }
}

}  // namespace strata

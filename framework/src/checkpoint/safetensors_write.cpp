// write_safetensors: header, then the values, streamed into a file that is there whole or not at all.
#include <algorithm>
#include <array>
#include <vector>

#include "checkpoint/safetensors_dtype.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/config.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype()));
}

void write_values(AtomicFile& file, const Tensor& tensor) {
  const Tensor dense = contiguous(tensor);
  const auto bytes = static_cast<std::size_t>(bytes_of(dense));
  if (dense.device() == nullptr || dense.device()->host_accessible()) {
    file.write(dense.view().data, bytes);
    return;
  }
  std::vector<char> host(bytes);
  dense.device()->copy_to_host(host.data(), dense.view().data, bytes);
  file.write(host.data(), bytes);
}

}  // namespace

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& one : tensors) order.push_back(&one);
  // Wide types first: then every tensor starts at a multiple of its type, without a gap (which the format forbids).
  std::sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    const std::size_t wide_a = size_of(a->value.dtype()), wide_b = size_of(b->value.dtype());
    return wide_a != wide_b ? wide_a > wide_b : a->name < b->name;
  });

  Config header = Config::object();
  if (!metadata.empty()) {
    Config values = Config::object();
    for (const auto& [key, value] : metadata) values.put(key, value);
    header.put("__metadata__", values);
  }
  Config::Members members = header.members();
  std::vector<std::string> names;
  std::int64_t at = 0;
  for (const NamedTensor* one : order) {
    Config shape = Config::array();
    for (const std::int64_t extent : one->value.shape()) shape.append(extent);
    const std::int64_t end = at + bytes_of(one->value);
    members.emplace_back(one->name, Config::object({{"dtype", detail::safetensors_dtype_name(one->value.dtype())},
                                                    {"shape", shape},
                                                    {"data_offsets", Config::array({at, end})}}));
    names.push_back(one->name);
    at = end;
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw Error("E_INTERNAL", path, "two tensors are named \"" + *twice + "\"");

  std::string text = write_json(Config::object(std::move(members)), 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::array<unsigned char, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<unsigned char>(text.size() >> (8 * i));

  AtomicFile file(path);
  file.write(length.data(), length.size());
  file.write(text);
  const NoGrad scope;
  for (const NamedTensor* one : order) write_values(file, one->value);
  file.commit();
}

}  // namespace strata

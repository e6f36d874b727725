// Arrays of the reference kernels: loading, storing, walking; and the list of all families.
#include "ops/reference/reference.hpp"

#include <algorithm>
#include <cmath>

#include "ops/cpu/plain.hpp"

namespace strata::detail {
namespace reference {
namespace {

Extents extents_of(const View& view) { return {view.shape, view.shape + std::max(view.rank, 0)}; }

std::int64_t count_of(const Extents& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::int64_t strided(const View& view, const Extents& index) {
  std::int64_t at = 0;
  for (std::size_t i = 0; i < index.size(); ++i) at += index[i] * view.strides[i];
  return at;
}

}  // namespace

Array::Array(Extents extents, double fill)
    : shape(std::move(extents)), values(static_cast<std::size_t>(count_of(shape)), fill) {}

std::size_t Array::offset(std::span<const std::int64_t> index) const {
  std::int64_t at = 0;
  for (std::size_t i = 0; i < index.size(); ++i) at = at * shape[i] + index[i];
  return static_cast<std::size_t>(at);
}

bool next_index(Extents& index, const Extents& shape) {
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (++index[i] < shape[i]) return true;
    index[i] = 0;
  }
  return false;
}

Array load(const View& view) {
  Array array;
  array.absent = !view.present();
  if (array.absent) return array;
  array = Array(extents_of(view));
  if (array.numel() == 0) return array;
  with_elements(view, [&](const auto* from) {
    Extents index(array.shape.size(), 0);
    std::size_t to = 0;
    do {
      array.values[to++] = load_element<double>(from[strided(view, index)]);
    } while (next_index(index, array.shape));
  });
  return array;
}

Array input(const KernelCall& call, std::int32_t i) {
  if (i < call.input_count) return load(call.inputs[i]);
  Array array;
  array.absent = true;
  return array;
}

Array like(const View& view) { return Array(extents_of(view)); }

void store(const View& view, const Array& array) {
  if (array.numel() == 0) return;
  with_elements(view, [&](auto* to) {
    using T = std::remove_pointer_t<decltype(to)>;
    Extents index(array.shape.size(), 0);
    std::size_t from = 0;
    do {
      const double value = array.values[from++];
      to[strided(view, index)] = store_element<T>(view.dtype == DType::boolean ? (value != 0 ? 1.0 : 0.0) : value);
    } while (next_index(index, array.shape));
  });
}

double broadcast_at(const Array& array, const Extents& index) {
  std::int64_t at = 0;
  const std::size_t missing = index.size() - array.shape.size();
  for (std::size_t i = 0; i < array.shape.size(); ++i) {
    at = at * array.shape[i] + (array.shape[i] == 1 ? 0 : index[i + missing]);
  }
  return array.flat(at);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace reference

void add_reference(KernelRows& rows) {
  reference::add_elementwise(rows);
  reference::add_matmul(rows);
  reference::add_reduce(rows);
  reference::add_shape(rows);
  reference::add_index(rows);
  reference::add_random(rows);
  reference::add_rows(rows);
  reference::add_recurrent(rows);
  reference::add_attention(rows);
  reference::add_update(rows);
}

}  // namespace strata::detail

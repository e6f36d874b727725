// Interface of kernels: plain views of tensors, attributes, a workspace, and the row with which a kernel is registered.
// C++17 and plain data only, so that kernel files (compiled by nvcc, or around oneDNN) need no other header of Strata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "strata/core/export.hpp"
#include "strata/device/dtype.hpp"
#include "strata/device/packed_cache.hpp"

namespace strata {

constexpr int kMaxRank = 8;  // largest number of axes of a tensor

// A tensor as a kernel sees it. An absent tensor has data == nullptr and rank == -1 (see present()): an optional input
// that was not given, an output gradient that is zero, or an input gradient that is not wanted.
struct View {
  void* data;  // first element; `offset` is already added
  // The type and geometry; only the first `rank` entries of shape and strides are valid.
  DType dtype;
  std::int32_t rank;
  std::int64_t shape[kMaxRank];
  std::int64_t strides[kMaxRank];  // in elements; 0 where broadcast
  std::uint64_t storage;           // id of the storage, never reused
  std::uint64_t version;           // version of the storage, which grows with each in-place change
  std::int64_t offset;             // offset from the start of the storage, in elements
  PackedCache* packed;             // cache for data that is computed from this storage alone
  bool constant;                   // true for a weight, which changes at most once an update: a packed copy pays off

  // True unless the tensor is absent.
  bool present() const { return rank >= 0; }
  // Extent and stride of an axis; -1 is the last axis.
  std::int64_t size(int axis) const { return shape[axis < 0 ? axis + rank : axis]; }
  std::int64_t stride(int axis) const { return strides[axis < 0 ? axis + rank : axis]; }
  // The number of elements.
  std::int64_t numel() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
  // True when the elements are dense and row-major.
  bool contiguous() const {
    std::int64_t expected = 1;
    for (int i = rank - 1; i >= 0; --i) {
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }
  // The first element as a T; T must match the dtype, which is not checked.
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

// Returns true when the view is a matrix [rows, last]: its last axis is dense, and all other axes can be joined into
// one with a single stride. Then sets `rows`, and `row_stride` to the distance between two rows in elements.
inline bool as_matrix(const View& view, std::int64_t* rows, std::int64_t* row_stride) {
  if (view.rank == 0) return false;
  const int last = view.rank - 1;
  if (view.shape[last] != 1 && view.strides[last] != 1) return false;
  *rows = 1;
  *row_stride = view.shape[last];
  std::int64_t expected = -1;
  for (int i = last - 1; i >= 0; --i) {
    if (view.shape[i] == 1) continue;
    if (expected < 0) {
      *row_stride = view.strides[i];
    } else if (view.strides[i] != expected) {
      return false;
    }
    *rows *= view.shape[i];
    expected = view.strides[i] * view.shape[i];
  }
  return true;
}

// One attribute of an op call: an axis, a probability, a flag. Attributes are fixed when a recipe is read; values that
// change from step to step are inputs.
struct Attribute {
  const char* name;          // "axis", "p", ...
  std::int64_t integer;      // value of integers, flags and enumerations
  double number;             // value of real numbers; for integers, the same value
  const std::int64_t* list;  // values of a list: axes or extents
  std::int32_t list_size;    // length of `list`; 0 for other attributes
};

// All attributes of a call.
struct Attributes {
  const Attribute* items;  // array of `count` attributes
  std::int32_t count;      // 0: none

  // Returns an attribute, or null when it was not given.
  const Attribute* find(const char* name) const {
    for (std::int32_t i = 0; i < count; ++i) {
      if (std::strcmp(items[i].name, name) == 0) return items + i;
    }
    return nullptr;
  }
  // Return the value of an attribute, or `fallback` when it was not given.
  std::int64_t integer(const char* name, std::int64_t fallback = 0) const {
    const Attribute* found = find(name);
    return found != nullptr ? found->integer : fallback;
  }
  double number(const char* name, double fallback = 0) const {
    const Attribute* found = find(name);
    return found != nullptr ? found->number : fallback;
  }
  // Returns whether a flag is set; false when it was not given.
  bool flag(const char* name) const { return integer(name) != 0; }
};

// Temporary memory for one call, from the caching allocator of the device (64-byte aligned, not cleared).
struct Workspace {
  // The function of the device that allocates; throws E_MEMORY_EXHAUSTED.
  void* (*allocate)(Workspace* self, std::size_t bytes);

  // Returns memory for `count` elements, which is freed when the kernel returns.
  template <class T>
  T* take(std::int64_t count) {
    return static_cast<T*>(allocate(this, static_cast<std::size_t>(count) * sizeof(T)));
  }
};

// A forward call: the kernel reads the inputs and writes every element of the outputs. `extras` are further results
// that only the backward function of the same row reads; they are absent (present() is false) when no gradient is
// recorded.
struct KernelCall {
  Attributes attributes;  // attributes of the call
  // Arrays of input_count, output_count and extra_count views.
  const View* inputs;
  const View* outputs;
  const View* extras;
  std::int32_t input_count;
  std::int32_t output_count;
  std::int32_t extra_count;
  bool recording;        // true when gradients are recorded, so that backward will follow
  Workspace* workspace;  // null in `supports`
  void* stream;          // the device's queue; null on the CPU
};

// A backward call of the same row. Inputs and outputs that the row does not declare as read by backward are absent. The
// kernel writes each input_gradients[i] that is present; when accumulate[i] is set, which happens only for inputs in
// KernelRow::accumulates, it adds to the values there instead. The gradient of input i has the dtype and shape of input
// i; but that of a `constant` 16-bit weight is f32.
struct BackwardCall {
  Attributes attributes;  // as in forward
  // As in forward; those that the row does not read are absent.
  const View* inputs;
  const View* outputs;
  const View* extras;
  // Arrays of output_count and input_count views.
  const View* output_gradients;
  const View* input_gradients;
  const bool* accumulate;  // array of input_count flags
  // The lengths of these arrays.
  std::int32_t input_count;
  std::int32_t output_count;
  std::int32_t extra_count;
  Workspace* workspace;  // temporary memory for this call
  void* stream;          // the device's queue; null on the CPU
};

// The dtype and shape of a tensor that is not allocated yet.
struct TensorSpec {
  DType dtype;                   // type of the elements
  std::int32_t rank;             // number of axes, 0..kMaxRank
  std::int64_t shape[kMaxRank];  // extents; only the first `rank` are valid
};

constexpr int kMaxExtras = 8;                           // largest number of extras of a row
constexpr std::uint64_t kReadsAll = ~std::uint64_t{0};  // mask with the bits of all inputs or outputs

// A kernel for one op on one kind of device. `supports` is called before the outputs are allocated (they have a dtype,
// a shape and contiguous strides, but no data). Its answer may depend on shapes, dtypes, strides, attributes and CPU
// features, but never on timings. Of the rows that support a call, the one with the highest priority runs; of equal
// priorities, the one registered first.
struct KernelRow {
  const char* device;     // kind of device: "cpu", "cuda"
  const char* op;         // name of the op in the op table
  const char* provider;   // name for the recipe key "kernels": "onednn", "plain"
  std::int32_t priority;  // usually 0 for plain loops, 10 for libraries, 20 for code written for certain shapes
  // Computes the outputs of a call that `supports` accepted.
  void (*forward)(const KernelCall& call);
  // Returns whether the kernel can run a call; null: it always can.
  bool (*supports)(const KernelCall& call);
  // Computes the gradients; null: the op's vjp or composition is used.
  void (*backward)(const BackwardCall& call);
  // Writes the specs of the extras to `out` and returns how many there are (<= kMaxExtras); null: there are none.
  std::int32_t (*extras)(const KernelCall& call, TensorSpec* out);
  std::uint64_t backward_reads_inputs;   // bit i: backward reads input i
  std::uint64_t backward_reads_outputs;  // bit i: backward reads output i
  std::uint64_t accumulates;             // bit i: backward can add into gradient i
};

// Returns the key for packed_find() and packed_insert(): an FNV-1a hash of `kind` and the dtype, offset and geometry
// of a view.
inline std::uint64_t packed_key(const char* kind, const View& view) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&hash](std::uint64_t word) {
    for (int i = 0; i < 8; ++i, word >>= 8U) hash = (hash ^ (word & 0xFFU)) * 1099511628211ULL;
  };
  for (; *kind != 0; ++kind) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(*kind)));
  mix(static_cast<std::uint64_t>(view.offset));
  mix(static_cast<std::uint64_t>(view.dtype));
  for (int i = 0; i < view.rank; ++i) {
    mix(static_cast<std::uint64_t>(view.shape[i]));
    mix(static_cast<std::uint64_t>(view.strides[i]));
  }
  return hash;
}

}  // namespace strata

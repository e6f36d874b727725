// What a kernel sees: plain views of tensors, attributes, a workspace; and the row by which it is registered.
// C++17 and POD only, so that files compiled by nvcc or wrapping oneDNN include nothing else of Strata's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "strata/core/export.hpp"
#include "strata/device/derived.hpp"
#include "strata/device/dtype.hpp"

namespace strata {

constexpr int kMaxRank = 8;  // axes of a tensor, at most

// A tensor as a kernel sees it. An optional input that was not given, an output gradient that is zero and an input
// gradient that nobody asked for have data == nullptr and rank == -1: see present().
struct View {
  void* data;  // first element, the offset already applied
  // Geometry: rank entries of shape and strides count.
  DType dtype;
  std::int32_t rank;
  std::int64_t shape[kMaxRank];
  std::int64_t strides[kMaxRank];  // in elements; 0 where broadcast
  std::uint64_t storage;           // id, never reused
  std::uint64_t version;           // grows with each in-place change
  std::int64_t offset;             // in elements, from the start of the storage
  DerivedCache* derived;           // where to keep what is computed from this storage alone
  bool constant;                   // a weight that changes at most once an update: worth packing

  // Whether there is a tensor.
  bool present() const { return rank >= 0; }
  // Of an axis; -1 is the last.
  std::int64_t size(int axis) const { return shape[axis < 0 ? axis + rank : axis]; }
  std::int64_t stride(int axis) const { return strides[axis < 0 ? axis + rank : axis]; }
  // Number of elements.
  std::int64_t numel() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
  // Dense and row-major.
  bool contiguous() const {
    std::int64_t expected = 1;
    for (int i = rank - 1; i >= 0; --i) {
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }
  // The first element; T must be the dtype, which is not checked.
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

// Rows of the last axis: true when all leading axes collapse into one of a single stride (a matrix [rows, last] whose
// last axis is dense). `row_stride` then is the distance of two rows in elements.
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

// One attribute of an op call: what is fixed when a recipe is read (axis, probability, flags), never what changes from
// step to step.
struct Attribute {
  const char* name;          // "axis", "p", ...
  std::int64_t integer;      // integers, flags, enumerations
  double number;             // the same value for integers
  const std::int64_t* list;  // axes, extents
  std::int32_t list_size;    // 0 unless it is a list
};

// All attributes of a call. What was not given reads as the fallback.
struct Attributes {
  const Attribute* items;  // `count` of them
  std::int32_t count;      // 0: none

  // Null when it was not given.
  const Attribute* find(const char* name) const {
    for (std::int32_t i = 0; i < count; ++i) {
      if (std::strcmp(items[i].name, name) == 0) return items + i;
    }
    return nullptr;
  }
  // The fallback when it was not given.
  std::int64_t integer(const char* name, std::int64_t fallback = 0) const {
    const Attribute* found = find(name);
    return found != nullptr ? found->integer : fallback;
  }
  double number(const char* name, double fallback = 0) const {
    const Attribute* found = find(name);
    return found != nullptr ? found->number : fallback;
  }
  bool flag(const char* name) const { return integer(name) != 0; }  // false when it was not given
};

// Memory for the length of one call, from the device's caching allocator (64-byte aligned, not cleared).
struct Workspace {
  // The device's own; throws E_MEMORY_EXHAUSTED.
  void* (*allocate)(Workspace* self, std::size_t bytes);

  // Room for `count` elements, until the kernel returns.
  template <class T>
  T* take(std::int64_t count) {
    return static_cast<T*>(allocate(this, static_cast<std::size_t>(count) * sizeof(T)));
  }
};

// Forward: read inputs, write every element of outputs. `extras` are the further tensors that only this row's own
// backward reads; they stand behind the outputs and are absent (present() false) when no gradient is recorded.
struct KernelCall {
  Attributes attributes;  // fixed by the recipe
  // Arrays of input_count, output_count and extra_count views.
  const View* inputs;
  const View* outputs;
  const View* extras;
  std::int32_t input_count;
  std::int32_t output_count;
  std::int32_t extra_count;
  bool recording;        // gradients are recorded: backward will follow
  Workspace* workspace;  // null in `supports`
  void* stream;          // the device's queue; null on the CPU
};

// Backward of the same row: inputs and outputs that the row does not list as read are absent. Write input_gradients[i]
// where present; with accumulate[i] add to what is there instead (only for inputs named in KernelRow::accumulates).
// The gradient of input i has input i's dtype and shape, but f32 where a 16-bit or f32 weight was `constant`.
struct BackwardCall {
  Attributes attributes;  // as in forward
  // As in forward, those that the row reads.
  const View* inputs;
  const View* outputs;
  const View* extras;
  // One for each output and each input.
  const View* output_gradients;
  const View* input_gradients;
  const bool* accumulate;  // one for each input
  // How many of each.
  std::int32_t input_count;
  std::int32_t output_count;
  std::int32_t extra_count;
  Workspace* workspace;  // for the length of this call
  void* stream;          // the device's queue; null on the CPU
};

// A tensor to be: dtype and extents, no memory.
struct TensorSpec {
  DType dtype;                   // of the elements
  std::int32_t rank;             // 0..kMaxRank
  std::int64_t shape[kMaxRank];  // the first `rank` count
};

constexpr int kMaxExtras = 8;                           // further tensors of a row, at most
constexpr std::uint64_t kReadsAll = ~std::uint64_t{0};  // for masks of bits: every input, every output

// A kernel for one op on one kind of device. `supports` sees the call before anything is allocated (outputs carry
// dtype, shape and contiguous strides, no data) and decides by shapes, dtypes, strides, attributes and CPU features,
// never by a timing. The supporting row of highest priority serves; equal priorities: the one registered first.
struct KernelRow {
  const char* device;     // kind: "cpu", "cuda"
  const char* op;         // name in the op table
  const char* provider;   // "onednn", "plain": what the recipe key "kernels" names
  std::int32_t priority;  // plain loops 0, libraries 10, hand-made for a shape 20
  // Computes the outputs of a call that `supports` took.
  void (*forward)(const KernelCall& call);
  bool (*supports)(const KernelCall& call);                         // null: always
  void (*backward)(const BackwardCall& call);                       // null: the op's vjp or composition is used
  std::int32_t (*extras)(const KernelCall& call, TensorSpec* out);  // null: none; returns how many (<= kMaxExtras)
  std::uint64_t backward_reads_inputs;                              // bit i: backward reads input i
  std::uint64_t backward_reads_outputs;                             // bit i: backward reads output i
  std::uint64_t accumulates;                                        // bit i: backward can add into gradient i
};

// The key of what is derived from a view: FNV-1a over its parts.
inline std::uint64_t derived_key(const char* kind, const View& view) {
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

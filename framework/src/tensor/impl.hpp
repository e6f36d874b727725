// What stands behind a Tensor: storage, geometry, and its place in the graph. Private to libstrata.
#pragma once

#include <cstdint>
#include <memory>

#include "strata/tensor/tensor.hpp"

namespace strata {

struct PackedCache {
  struct Entry {
    std::uint64_t key, version;
    void* holder;
    void (*destroy)(void*);
  };
  std::vector<Entry> entries;
  const std::uint64_t& version;  // the storage's

  explicit PackedCache(const std::uint64_t& of) : version(of) {}
  PackedCache(const PackedCache&) = delete;
  PackedCache& operator=(const PackedCache&) = delete;
  ~PackedCache();
};

struct Storage {
  Storage(std::shared_ptr<Device> where, std::size_t size);
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage();

  std::shared_ptr<Device> device;
  void* data = nullptr;
  std::size_t bytes = 0;
  std::uint64_t id;
  std::uint64_t version = 0;
  bool constant = false;
  PackedCache packed{version};
};

struct TensorImpl {
  std::shared_ptr<Storage> storage;
  DType dtype = DType::f32;
  Shape shape, strides;
  std::int64_t offset = 0;

  bool requires_grad = false;  // a leaf that receives a gradient, or the output of a recorded node
  std::shared_ptr<Node> node;  // null for leaves
  int output = 0;              // which output of `node`
  Tensor gradient;             // leaves only
};

Tensor make_tensor(std::shared_ptr<Storage> storage, DType dtype, const Shape& shape, const Shape& strides,
                   std::int64_t offset);

// A view without data, as `supports` sees an output.
View view_of_spec(const TensorSpec& spec);
View absent_view();

}  // namespace strata

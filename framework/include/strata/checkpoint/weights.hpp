// Weights: named tensors of a file, of the shards of a folder, or of a checkpoint. All names, dtypes and shapes are
// known before a value is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/export.hpp"

namespace strata {

class STRATA_API Weights {
 public:
  // A tensor as the headers describe it. Shards and files are read by read() alone.
  struct Entry {
    std::string name;           // unique name
    DType dtype = DType::f32;   // type of the values that read() gives
    DType stored = DType::f32;  // type in the file: i8 for a weight of ours in 8 bits, whose values read() computes
    Shape shape;                // extents
    std::size_t file = 0;       // index in files()
  };

  // Opens a safetensors file; a folder with model.safetensors.index.json and the shards that it names, or with
  // model.safetensors; or the checkpoint "best" of a run folder. The headers are checked as SafetensorsFile does.
  // Throws E_CHECKPOINT_MISSING when there is no such file or a shard is missing, E_CHECKPOINT_INDEX when the index
  // names a tensor that is not in its shard, leaves one out or names a file outside of the folder,
  // E_CHECKPOINT_DAMAGED when a checkpoint was altered, and what SafetensorsFile() throws.
  explicit Weights(const std::string& path);
  ~Weights();
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  const std::string& path() const noexcept { return path_; }               // file or folder with the tensors
  const std::vector<Entry>& entries() const noexcept { return entries_; }  // all tensors, sorted by name
  const Entry* find(std::string_view name) const noexcept;                 // the tensor of that name, or null
  std::vector<std::string> files() const;                                  // paths of the files, shards in order

  // Reads `count` elements from the element `first` on, in row-major order, into host memory of `dtype`, f32 or f64.
  // Values are converted a piece at a time. Throws E_IO_READ.
  void read(const Entry& entry, std::int64_t first, std::int64_t count, void* into, DType dtype) const;

 private:
  void open_shards(const std::string& index);
  void add(std::string path);
  void join_codes();

  std::string path_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::vector<Entry> entries_;
};

}  // namespace strata

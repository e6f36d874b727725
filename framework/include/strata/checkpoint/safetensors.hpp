// Safetensors: named tensors in one file. When a file is opened, every number in its header is checked against the
// file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/tensor/named_tensor.hpp"

namespace strata {

// An opened file. The constructor reads and checks the header; read() reads the values of one tensor.
class STRATA_API SafetensorsFile {
 public:
  // A tensor as the header describes it.
  struct Entry {
    // The name is unique within the file.
    std::string name;
    DType dtype = DType::f32;
    Shape shape;
    std::uint64_t begin = 0, end = 0;  // bytes from the start of the file
  };

  static constexpr std::uint64_t kMaxHeader = std::uint64_t{16} << 20U;  // largest header in bytes: 16 MiB

  // Throws E_CHECKPOINT_HEADER (the header is cut, longer than the file or kMaxHeader, or not the expected JSON),
  // E_CHECKPOINT_DUPLICATE (a name occurs twice), E_CHECKPOINT_DTYPE (a dtype that Strata does not have),
  // E_CHECKPOINT_SHAPE (a negative or too large extent, a rank above 8), E_CHECKPOINT_OFFSETS (offsets outside the
  // file, in the wrong order, overlapping, with gaps, or not the size that dtype and shape give; bytes after the last
  // tensor), and E_IO_*.
  explicit SafetensorsFile(std::string path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const noexcept { return path_; }               // path given to the constructor
  const std::vector<Entry>& entries() const noexcept { return entries_; }  // all tensors, sorted by name
  const Entry* find(std::string_view name) const noexcept;                 // the tensor of that name, or null
  // The header's "__metadata__", which maps names to texts; may be empty.
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }

  // Reads one tensor into a new tensor of the file's dtype on `device` (null: the device of the context). Throws
  // E_IO_READ.
  Tensor read(const Entry& entry, std::shared_ptr<Device> device = nullptr) const;
  // Reads `size` bytes of a tensor's values, from its byte `from` on, into host memory. Throws E_IO_READ, and
  // E_INTERNAL for bytes that are not the tensor's.
  void read_bytes(const Entry& entry, std::uint64_t from, std::uint64_t size, void* into) const;

 private:
  void check_offsets() const;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0, data_ = 0;  // size of the file in bytes; offset of the first value
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

// Writes all tensors to a file, ordered by the alignment of their dtype and by name as the reference implementation
// does; the values start at a multiple of 8 bytes. After an error the file is not there, or is the old one. Throws
// E_IO_WRITE, and E_INTERNAL when a name occurs twice.
STRATA_API void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                                  const std::map<std::string, std::string>& metadata = {});

}  // namespace strata

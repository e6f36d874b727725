// Safetensors: named tensors in one file; read with every number of the header checked against what is really there.
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

// An opened file. The header is read and checked at once, the values when they are asked for.
class STRATA_API SafetensorsFile {
 public:
  // A tensor as the header describes it.
  struct Entry {
    // Unique within the file; the dtype is one of Strata's.
    std::string name;
    DType dtype = DType::f32;
    Shape shape;
    std::uint64_t begin = 0, end = 0;  // bytes from the start of the file
  };

  static constexpr std::uint64_t kMaxHeader = std::uint64_t{16} << 20U;  // bytes of the header, at most: 16 MiB

  // Throws E_CHECKPOINT_HEADER (cut, longer than the file or kMaxHeader, no such JSON), _DUPLICATE (a name twice),
  // _DTYPE (one that Strata has not), _SHAPE (negative, too large, rank above 8) or _OFFSETS (outside the file,
  // backwards, not the size that dtype and shape give, overlapping, with a gap, bytes left over), and E_IO_*.
  explicit SafetensorsFile(std::string path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const noexcept { return path_; }               // as given
  const std::vector<Entry>& entries() const noexcept { return entries_; }  // by name
  const Entry* find(std::string_view name) const noexcept;                 // null when there is none
  // The header's "__metadata__": texts by name; may be empty.
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }

  // A new tensor of the file's dtype on `device` (null: the context's). Throws E_IO_READ.
  Tensor read(const Entry& entry, std::shared_ptr<Device> device = nullptr) const;

 private:
  void check_offsets() const;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0, data_ = 0;  // of the file; where the values start
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

// Writes all tensors, ordered by alignment and name as the format's reference does, the values 8-byte aligned; the file
// is there whole or not at all. Throws E_IO_WRITE; E_INTERNAL when a name occurs twice.
STRATA_API void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                                  const std::map<std::string, std::string>& metadata = {});

}  // namespace strata

// SafetensorsFile: the reader. Nothing is believed of the header before it is compared with the file.
#include "strata/checkpoint/safetensors.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "checkpoint/safetensors_dtype.hpp"
#include "core/file_errors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using Entry = SafetensorsFile::Entry;

[[noreturn]] void fail(const std::string& code, const std::string& path, const std::string& message) {
  throw Error(code, path, message, "the file is damaged or no safetensors file");
}

std::string quoted(const std::string& name) { return "tensor \"" + printable(name) + "\""; }

void read_exactly(int file, const std::string& path, void* into, std::uint64_t size, std::uint64_t from) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = pread(file, at, size, static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("E_IO_READ", path, "cannot be read: " + detail::system_reason());
    if (got == 0)
      throw Error("E_IO_READ", path, "ends at byte " + std::to_string(from) + ", it was longer when opened");
    at += got;
    from += static_cast<std::uint64_t>(got);
    size -= static_cast<std::uint64_t>(got);
  }
}

Config parse_header(const std::string& text, const std::string& path) {
  try {
    constexpr std::size_t kMemory = std::size_t{40} << 20U;  // for some 50,000 tensors
    const JsonLimits limits{SafetensorsFile::kMaxHeader, 4, kMemory};
    Config header = parse_json(text, path, limits);
    if (!header.is_object()) fail("E_CHECKPOINT_HEADER", path, "the header is no JSON object");
    return header;
  } catch (const Error& fault) {
    if (fault.code().rfind("E_CONFIG_", 0) != 0) throw;
    fail(fault.code() == "E_CONFIG_DUPLICATE" ? "E_CHECKPOINT_DUPLICATE" : "E_CHECKPOINT_HEADER", path,
         "header: " + fault.message());
  }
}

std::uint64_t as_count(const Config& value, const std::string& path, const std::string& what) {
  const bool good = value.kind() == Config::Kind::integer && value.integer() >= 0;
  if (!good) fail("E_CHECKPOINT_HEADER", path, what + " is not a count");
  return static_cast<std::uint64_t>(value.integer());
}

const Config& member(const Config& from, const char* name, Config::Kind kind, const std::string& path,
                     const std::string& tensor) {
  const Config* found = from.find(name);
  if (found == nullptr || found->kind() != kind) {
    fail("E_CHECKPOINT_HEADER", path, quoted(tensor) + " has no proper \"" + name + "\"");
  }
  return *found;
}

// Shape, and the bytes that a tensor of it takes; no product here overflows.
Shape read_shape(const Config& items, DType dtype, const std::string& path, const std::string& name,
                 std::uint64_t& bytes) {
  if (items.items().size() > kMaxRank) {
    fail("E_CHECKPOINT_SHAPE", path,
         quoted(name) + " has " + std::to_string(items.items().size()) + " axes, at most " + std::to_string(kMaxRank) +
             " are read");
  }
  Shape shape;
  bytes = size_of(dtype);
  bool zero = false;
  for (const Config& item : items.items()) {
    const std::uint64_t extent = as_count(item, path, "an extent of " + quoted(name));
    shape.push_back(static_cast<std::int64_t>(extent));
    zero = zero || extent == 0;
    if (extent != 0 && bytes > (std::uint64_t{1} << 62U) / extent) {
      fail("E_CHECKPOINT_SHAPE", path, quoted(name) + " " + shape.str() + " is larger than any memory");
    }
    bytes *= std::max<std::uint64_t>(extent, 1);
  }
  if (zero) bytes = 0;
  return shape;
}

Entry read_entry(const std::string& name, const Config& from, const std::string& path, std::uint64_t data,
                 std::uint64_t size) {
  if (!from.is_object()) fail("E_CHECKPOINT_HEADER", path, quoted(name) + " is no JSON object");
  Entry entry;
  entry.name = name;
  const std::string& dtype = member(from, "dtype", Config::Kind::string, path, name).string();
  if (!detail::find_safetensors_dtype(dtype, entry.dtype)) {
    throw Error("E_CHECKPOINT_DTYPE", path, quoted(name) + " is of type \"" + printable(dtype) + "\"",
                "known: " + detail::safetensors_dtype_names());
  }
  std::uint64_t bytes = 0;
  entry.shape = read_shape(member(from, "shape", Config::Kind::array, path, name), entry.dtype, path, name, bytes);
  const Config& offsets = member(from, "data_offsets", Config::Kind::array, path, name);
  if (offsets.items().size() != 2) fail("E_CHECKPOINT_HEADER", path, quoted(name) + " needs two data_offsets");
  const std::uint64_t begin = as_count(offsets.items()[0], path, "a data offset of " + quoted(name));
  const std::uint64_t end = as_count(offsets.items()[1], path, "a data offset of " + quoted(name));
  if (begin > end || end > size - data) {
    fail("E_CHECKPOINT_OFFSETS", path,
         quoted(name) + " lies at [" + std::to_string(begin) + ", " + std::to_string(end) + ") of " +
             std::to_string(size - data) + " bytes of values");
  }
  if (end - begin != bytes) {
    fail("E_CHECKPOINT_OFFSETS", path,
         quoted(name) + " has " + std::to_string(end - begin) + " bytes, " + name_of(entry.dtype) + entry.shape.str() +
             " takes " + std::to_string(bytes));
  }
  entry.begin = data + begin;
  entry.end = data + end;
  return entry;
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::string path) : path_(std::move(path)) {
  descriptor_ = detail::open_to_read(path_);
  try {
    struct stat status = {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) throw Error("E_IO_READ", path_, "is no file");
    size_ = static_cast<std::uint64_t>(status.st_size);
    unsigned char length[8] = {};
    if (size_ < sizeof length) {
      fail("E_CHECKPOINT_HEADER", path_, "has " + std::to_string(size_) + " bytes, a header takes at least 8");
    }
    read_exactly(descriptor_, path_, length, sizeof length, 0);
    std::uint64_t header = 0;  // little endian
    for (int i = 7; i >= 0; --i) header = header << 8U | length[i];
    if (header > size_ - 8 || header > kMaxHeader) {
      fail("E_CHECKPOINT_HEADER", path_,
           "the header claims " + std::to_string(header) + " bytes, " + std::to_string(size_ - 8) +
               " follow and at most " + std::to_string(kMaxHeader) + " are read");
    }
    data_ = 8 + header;
    std::string text(header, '\0');
    read_exactly(descriptor_, path_, text.data(), header, 8);
    const Config config = parse_header(text, path_);
    entries_.reserve(config.members().size());
    for (const auto& [name, value] : config.members()) {
      if (name != "__metadata__") {
        entries_.push_back(read_entry(name, value, path_, data_, size_));
        continue;
      }
      if (!value.is_object()) fail("E_CHECKPOINT_HEADER", path_, "__metadata__ is no JSON object");
      for (const auto& [key, text_value] : value.members()) {
        if (!text_value.is_string()) fail("E_CHECKPOINT_HEADER", path_, "__metadata__ holds more than strings");
        metadata_[key] = text_value.string();
      }
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    check_offsets();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

SafetensorsFile::~SafetensorsFile() { close(descriptor_); }

// The format leaves no byte of the values out and none over. Where a tensor starts need not suit its type: values are
// copied, never read in place.
void SafetensorsFile::check_offsets() const {
  std::vector<const Entry*> order;
  for (const Entry& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const Entry* a, const Entry* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  std::uint64_t at = data_;
  for (const Entry* entry : order) {
    if (entry->begin != at) {
      fail("E_CHECKPOINT_OFFSETS", path_,
           quoted(entry->name) + " starts at byte " + std::to_string(entry->begin - data_) +
               (entry->begin < at ? ", inside the one before it, which ends at " : ", the one before it ends at ") +
               std::to_string(at - data_));
    }
    at = entry->end;
  }
  if (at != size_) {
    fail("E_CHECKPOINT_OFFSETS", path_, std::to_string(size_ - at) + " bytes are left over behind the last tensor");
  }
}

const Entry* SafetensorsFile::find(std::string_view name) const noexcept {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name,
                                   [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

void SafetensorsFile::read_bytes(const Entry& entry, std::uint64_t from, std::uint64_t size, void* into) const {
  if (from > entry.end - entry.begin || size > entry.end - entry.begin - from) {
    throw Error("E_INTERNAL", path_, "bytes outside of " + quoted(entry.name) + " were asked for");
  }
  read_exactly(descriptor_, path_, into, size, entry.begin + from);
}

Tensor SafetensorsFile::read(const Entry& entry, std::shared_ptr<Device> device) const {
  if (device == nullptr) device = context().device;
  const bool host = device == nullptr || device->host_accessible();
  Tensor tensor = Tensor::empty(entry.shape, entry.dtype, host ? device : cpu_device());
  void* values = tensor.view().data;
  read_exactly(descriptor_, path_, values, entry.end - entry.begin, entry.begin);
  if (entry.dtype == DType::boolean) {  // any other byte is no bool to C++
    auto* bytes = static_cast<unsigned char*>(values);
    std::transform(bytes, bytes + (entry.end - entry.begin), bytes,
                   [](unsigned char byte) { return static_cast<unsigned char>(byte != 0); });
  }
  if (host) return tensor;
  return Tensor::from_bytes(values, static_cast<std::size_t>(entry.shape.numel()), entry.shape, entry.dtype, device);
}

}  // namespace strata

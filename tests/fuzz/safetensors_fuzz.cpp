// The safetensors reader: any bytes give a file whose tensors can all be read, or an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    const strata::SafetensorsFile opened("/proc/self/fd/" + std::to_string(file));
    std::uint64_t bytes = 0;
    for (const auto& entry : opened.entries()) {
      const strata::Tensor tensor = opened.read(entry);
      bytes += static_cast<std::uint64_t>(tensor.numel()) * strata::size_of(tensor.dtype());
    }
    if (bytes > size) std::abort();  // never more than is there
  } catch (const strata::Error& error) {
    if (error.code().compare(0, 13, "E_CHECKPOINT_") != 0) std::abort();
  }
  close(file);
  return 0;
}

// A table that only grows: entries are written before the count that makes them visible.
#include "core/loaded_code.hpp"

#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kMost = 4096;  // later plugins go without a name in messages

std::array<LoadedCode, kMost> table;
std::atomic<std::size_t> count{0};

// Never freed: a handler may read it at any time.
const char* kept(const std::string& text) { return strdup(printable(text).c_str()); }

}  // namespace

void note_code(const void* inside, const std::string& file, const std::string& name) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::size_t next = count.load();
  if (next == kMost || code_at(inside) != nullptr) return;
  struct Search {
    std::uintptr_t address;
    LoadedCode found;
  } search{reinterpret_cast<std::uintptr_t>(inside), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* context) {
        auto& wanted = *static_cast<Search*>(context);
        std::uintptr_t begin = UINTPTR_MAX, end = 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          begin = std::min<std::uintptr_t>(begin, info->dlpi_addr + segment.p_vaddr);
          end = std::max<std::uintptr_t>(end, info->dlpi_addr + segment.p_vaddr + segment.p_memsz);
        }
        if (wanted.address < begin || wanted.address >= end) return 0;
        wanted.found.begin = begin;
        wanted.found.end = end;
        return 1;
      },
      &search);
  if (search.found.end == 0) return;
  search.found.file = kept(file);
  search.found.name = kept(name);
  table[next] = search.found;
  count.store(next + 1);
}

const LoadedCode* code_at(const void* address) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const std::size_t known = count.load();
  for (std::size_t i = 0; i < known; ++i) {
    if (at >= table[i].begin && at < table[i].end) return &table[i];
  }
  return nullptr;
}

const LoadedCode* code_of_file(const std::string& file) noexcept {
  const std::size_t known = count.load();
  for (std::size_t i = 0; i < known; ++i) {
    if (file == table[i].file) return &table[i];
  }
  return nullptr;
}

}  // namespace strata::detail

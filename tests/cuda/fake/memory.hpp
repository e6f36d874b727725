// All memory of the card of driver.cpp: one stretch of addresses, of which blocks are cut.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <map>

namespace fake {

class Memory {
 public:
  // closes: the host cannot touch it but between open(true) and open(false).
  Memory(std::size_t bytes, bool closes) : closes_(closes), bytes_(bytes) {
    base_ = static_cast<char*>(
        ::mmap(nullptr, bytes_, closes_ ? PROT_NONE : kOpen, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    free_[0] = bytes_;
  }
  void open(bool on) {
    if (closes_) ::mprotect(base_, bytes_, on ? kOpen : PROT_NONE);
  }
  // First fit; null when no free stretch is long enough.
  void* take(std::size_t bytes) {
    bytes = (bytes + 255) / 256 * 256;
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->second < bytes) continue;
      const std::size_t at = it->first, left = it->second - bytes;
      free_.erase(it);
      if (left > 0) free_[at + bytes] = left;
      used_[at] = bytes;
      return base_ + at;
    }
    return nullptr;
  }
  // What it held is gone at once: the start of it, so that large blocks nobody wrote to stay without pages.
  bool give_back(void* block) {
    const auto found = used_.find(static_cast<std::size_t>(static_cast<char*>(block) - base_));
    if (found == used_.end()) return false;
    open(true);
    std::memset(block, 0xFF, std::min(found->second, std::size_t{64} << 10U));
    open(false);
    auto at = free_.emplace(found->first, found->second).first;
    used_.erase(found);
    if (const auto next = std::next(at); next != free_.end() && at->first + at->second == next->first) {
      at->second += next->second;
      free_.erase(next);
    }
    if (at != free_.begin()) {
      const auto before = std::prev(at);
      if (before->first + before->second == at->first) {
        before->second += at->second;
        free_.erase(at);
      }
    }
    return true;
  }

 private:
  static constexpr int kOpen = PROT_READ | PROT_WRITE;
  bool closes_;
  std::size_t bytes_;
  char* base_;
  std::map<std::size_t, std::size_t> free_, used_;  // offset -> bytes
};

}  // namespace fake

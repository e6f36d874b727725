// Blocks between guard words.
#include "check/kernel/guarded_device.hpp"

#include <algorithm>
#include <span>

namespace strata::detail::conformance {
namespace {

constexpr std::size_t kGuard = 64, kAlignment = 256;

// NaN in every floating type, of 16 bits as of 64, and no index of anything. Each block has its own: a kernel that
// reads behind an input and writes as far behind an output would else put there what stood there already.
std::uint16_t word_of(std::uint16_t count) { return static_cast<std::uint16_t>(0x7FC0U | (count % 63U + 1U)); }

std::byte byte_of(std::uint16_t word, std::size_t i) { return static_cast<std::byte>(i % 2 == 0 ? word : word >> 8U); }

void fill_with(std::span<std::byte> memory, std::uint16_t word) {
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = byte_of(word, i);
}

// How far from the block the farthest byte that was changed lies; 0: none was.
std::size_t changed(std::span<const std::byte> guard, std::uint16_t word, bool behind) {
  std::size_t farthest = 0;
  for (std::size_t i = 0; i < guard.size(); ++i) {
    if (guard[i] != byte_of(word, i)) farthest = std::max(farthest, behind ? i + 1 : guard.size() - i);
  }
  return farthest;
}

}  // namespace

GuardedDevice::GuardedDevice(std::shared_ptr<Device> inner, int shift)
    : inner_(std::move(inner)), front_(kGuard * static_cast<std::size_t>(1 + shift)) {}

void* GuardedDevice::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::uint16_t word = word_of(count_++);
  std::vector<std::byte> filled(front_ + bytes + kGuard);
  fill_with(std::span(filled).first(front_ + bytes), word);
  fill_with(std::span(filled).last(kGuard), word);
  void* whole = inner_->allocate(kAlignment + filled.size());
  const auto past = reinterpret_cast<std::uintptr_t>(whole) % kAlignment;
  std::byte* start = static_cast<std::byte*>(whole) + (past == 0 ? 0 : kAlignment - past);
  inner_->copy_from_host(start, filled.data(), filled.size());
  blocks_.emplace(start + front_, Block{whole, bytes, word});
  return start + front_;
}

void GuardedDevice::release(void* memory, std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(static_cast<std::byte*>(memory));
  try {
    if (damage_.empty()) damage_ = damage_of(found->first, found->second);
  } catch (const std::exception&) {
    // out of memory for the text: what follows will say so
  }
  inner_->release(found->second.whole, kAlignment + front_ + bytes + kGuard);
  blocks_.erase(found);
}

std::string GuardedDevice::damage() {
  inner_->synchronize();
  const std::lock_guard lock(mutex_);
  for (const auto& [memory, block] : blocks_) {
    if (!damage_.empty()) break;
    damage_ = damage_of(memory, block);
  }
  return damage_;
}

std::string GuardedDevice::damage_of(std::byte* memory, const Block& block) {
  std::vector<std::byte> front(front_), back(kGuard);
  inner_->copy_to_host(front.data(), memory - front_, front.size());
  inner_->copy_to_host(back.data(), memory + block.bytes, back.size());
  const std::string what = "a block of " + std::to_string(block.bytes) + " bytes";
  if (const std::size_t far = changed(back, block.word, true); far > 0) {
    return "it writes up to " + std::to_string(far) + " bytes behind the end of " + what;
  }
  if (const std::size_t far = changed(front, block.word, false); far > 0) {
    return "it writes up to " + std::to_string(far) + " bytes before the start of " + what;
  }
  return {};
}

}  // namespace strata::detail::conformance

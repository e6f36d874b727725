// GuardedDevice: a device whose blocks stand between guard words and are full of NaN at first, so that a kernel that
// writes outside of its outputs, or that leaves some of them unwritten, is found.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "strata/device/device.hpp"

namespace strata::detail::conformance {

class GuardedDevice final : public Device {
 public:
  // Blocks start 64 bytes behind a multiple of 256; with shift 1 it is 128, with 2 it is 192: what depends on an
  // address beyond the alignment that is promised differs between them.
  explicit GuardedDevice(std::shared_ptr<Device> inner, int shift = 0);

  std::string_view kind() const override { return inner_->kind(); }
  std::string name() const override { return inner_->name(); }
  std::string probe() const override { return inner_->probe(); }
  bool host_accessible() const override { return inner_->host_accessible(); }
  void* allocate(std::size_t bytes) override;
  void release(void* memory, std::size_t bytes) noexcept override;
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    inner_->copy_from_host(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override { inner_->copy_to_host(to, from, bytes); }
  void fill(void* to, const void* element, std::size_t bytes, std::size_t count) override {
    inner_->fill(to, element, bytes, count);
  }
  void* stream() override { return inner_->stream(); }
  void synchronize() override { inner_->synchronize(); }

  // The first write outside of a block, in words; empty when there was none so far.
  std::string damage();

 private:
  struct Block {
    void* whole;  // as the inner device gave it
    std::size_t bytes;
    std::uint16_t word;  // what its guards, and at first it itself, are filled with
  };
  std::string damage_of(std::byte* memory, const Block& block);

  std::shared_ptr<Device> inner_;
  std::size_t front_;
  std::mutex mutex_;
  std::map<std::byte*, Block> blocks_;
  std::uint16_t count_ = 0;
  std::string damage_;
};

}  // namespace strata::detail::conformance

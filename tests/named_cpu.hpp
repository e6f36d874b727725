// The CPU as a device of another kind or name: its memory is the host's.
#pragma once

#include <string>

#include "strata/device/device.hpp"

namespace strata_test {

class NamedCpu : public strata::Device {
 public:
  // Both live as long as the program.
  NamedCpu(const char* kind, const char* name) : kind_(kind), name_(name) {}

  std::string_view kind() const override { return kind_; }
  std::string name() const override { return name_; }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return strata::cpu_device()->allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { strata::cpu_device()->release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    strata::cpu_device()->copy_from_host(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override {
    strata::cpu_device()->copy_to_host(to, from, bytes);
  }

 private:
  const char *kind_, *name_;
};

}  // namespace strata_test

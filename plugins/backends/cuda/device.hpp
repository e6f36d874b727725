// The device "cuda": one card's memory, copies through pinned staging, and one queue in whose order all of it happens.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "beside.hpp"
#include "driver.hpp"
#include "recording.hpp"
#include "staging.hpp"
#include "strata/device/block_cache.hpp"
#include "strata/device/device.hpp"

namespace strata::cuda {

class CudaDevice final : public Device {
 public:
  struct Options {
    std::int64_t index = 0;
    bool tf32 = false;
    bool split_all = false;
    void visit(auto& option) {
      option("index", index, "number of the card, as the driver counts them").min(0).max(1023);
      option("tf32", tf32,
             "permission to compute matrix products of f32 in TF32, which is faster and keeps about three digits");
      option("split_all", split_all,
             "switch for the provider 3xtf32 in all matrix products of f32, also small ones, for which it is slower");
    }
  };

  explicit CudaDevice(const Options& options);
  ~CudaDevice() override;

  std::string_view kind() const override { return "cuda"; }
  std::string name() const override { return name_; }
  std::string probe() const override;
  bool host_accessible() const override { return false; }
  // A card's memory is cut into 256-byte pieces by the driver, hence aligned enough.
  void* allocate(std::size_t bytes) override;
  void release(void* memory, std::size_t bytes) noexcept override;
  void copy_from_host(void* to, const void* from, std::size_t bytes) override;
  void copy_to_host(void* to, const void* from, std::size_t bytes) override;
  void copy_all_to_host(std::span<const HostCopy> copies) override;
  void fill(void* to, const void* element, std::size_t bytes, std::size_t count) override;
  void* stream() override;
  void synchronize() override;
  std::vector<DeviceInfo> found() const override;
  bool records() const override { return true; }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;
  std::vector<DeviceCount> counts() const override;

 private:
  const DriverTable& ready();  // this thread speaks to the card
  void start();                // context, queue, staging; once, or nothing of it
  void take();                 // what start() takes of the driver
  void give_back() noexcept;   // likewise, as far as it was taken
  void refuse_in_recording(const char* what) const;

  std::int64_t index_;
  bool tf32_, split_all_;
  std::string name_;
  mutable BlockCache blocks_;
  mutable std::mutex mutex_;  // of what follows
  bool started_ = false;
  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
  Beside beside_[kBranches];
  Staging staging_;
  bool recording_ = false;
  std::int64_t waits_ = 0;
  RecordingCounts recordings_;
};

}  // namespace strata::cuda

// Patience: waiting for something that another thread does soon, without keeping a core from others for long.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace strata {

// Threads of one pool share it, as they share the cores. While cores are free a waiter spins for up to kPatience, since
// to sleep and be woken takes as long as a small kernel. A waiter that was kept from its core while it spun has seen
// that the cores are busy: for kCrowded everybody sleeps nearly at once.
class Patience {
 public:
  // Spins until ready() or until it is time to sleep; returns the last ready().
  template <class Ready>
  bool spin(const Ready& ready) {
    std::int64_t start = now(), last = start;
    const std::int64_t budget = start < crowded_until_.load(std::memory_order_relaxed) ? kShort : kPatience;
    for (;;) {
      for (int i = 0; i < 32; ++i) {
        if (ready()) return true;
        pause();
      }
      const std::int64_t time = now();
      if (time - last > kLost) crowded_until_.store(time + kCrowded, std::memory_order_relaxed);
      if (time - last > kLost || time - start > budget) return ready();
      last = time;
    }
  }

 private:
  static constexpr std::int64_t kPatience = 200'000, kShort = 3'000, kLost = 150'000, kCrowded = 20'000'000;  // ns

  static std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  static void pause() {
#if defined(__x86_64__)
    _mm_pause();
#endif
  }

  std::atomic<std::int64_t> crowded_until_{0};
};

}  // namespace strata

// Threads that work on one row together, and what they do together: all of a block, or the 32 of a warp. On the host
// a team is one thread, or as many that take turns as FAKE_CUDA_TEAM says, so that tests see how a row is shared out.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#define STRATA_BOTH __host__ __device__
#else
#include <cstdlib>

#include "kernels/meeting.hpp"
#define STRATA_BOTH
#endif

namespace strata::cuda {

constexpr int kThreads = 256;  // of a block
constexpr int kLanes = 32;     // of a warp
constexpr int kWarps = kThreads / kLanes;

#if defined(__CUDACC__)

// What every thread has to call is called collective. A kernel makes one team a thread and keeps it: rooms in shared
// memory are used in turn, so that each collective call waits once.
class Warp {
 public:
  STRATA_BOTH int rank() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(threadIdx.x) % kLanes;
#else
    return 0;
#endif
  }
  STRATA_BOTH static constexpr int size() { return kLanes; }
  // `combine` of every thread's value, in a fixed order and the same bits for all. Collective.
  template <class T, class Combine>
  STRATA_BOTH T all(T value, const Combine& combine) const {
#if defined(__CUDA_ARCH__)
    for (int offset = kLanes / 2; offset > 0; offset /= 2) {
      const T other = across(value, offset);
      value = (rank() & offset) != 0 ? combine(other, value) : combine(value, other);
    }
#else
    (void)combine;
#endif
    return value;
  }

 private:
  // The value of the thread whose rank differs in the bit `offset`.
  template <class T>
  STRATA_BOTH static T across(const T& value, int offset) {
    static_assert(sizeof(T) % sizeof(unsigned) == 0);
    unsigned words[sizeof(T) / sizeof(unsigned)];
    memcpy(words, &value, sizeof value);
#if defined(__CUDA_ARCH__)
    for (unsigned& word : words) word = __shfl_xor_sync(0xFFFFFFFFU, word, offset);
#else
    (void)offset;
#endif
    T other;
    memcpy(&other, words, sizeof other);
    return other;
  }
};

class Team {
 public:
  STRATA_BOTH int rank() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(threadIdx.x);
#else
    return 0;
#endif
  }
  STRATA_BOTH static constexpr int size() { return kThreads; }
  // A team is a table of warps() rows and lanes() columns.
  STRATA_BOTH int lane() const { return rank() % kLanes; }
  STRATA_BOTH int warp() const { return rank() / kLanes; }
  STRATA_BOTH static constexpr int lanes() { return kLanes; }
  STRATA_BOTH static constexpr int warps() { return kWarps; }

  // As of a warp. Collective.
  template <class T, class Combine>
  STRATA_BOTH T all(T value, const Combine& combine) {
#if defined(__CUDA_ARCH__)
    __shared__ alignas(16) unsigned char room[2][kWarps * sizeof(T)];
    T* const values = reinterpret_cast<T*>(room[calls_++ % 2]);
    value = Warp{}.all(value, combine);
    if (lane() == 0) values[warp()] = value;
    __syncthreads();
    value = values[0];
    for (int i = 1; i < kWarps; ++i) value = combine(value, values[i]);
#else
    (void)combine;
#endif
    return value;
  }
  // `combine` of the values of the threads of this lane, in the order of their warps. Collective.
  template <class T, class Combine>
  STRATA_BOTH T down(T value, const Combine& combine) {
#if defined(__CUDA_ARCH__)
    __shared__ alignas(16) unsigned char room[2][kThreads * sizeof(T)];
    T* const values = reinterpret_cast<T*>(room[calls_++ % 2]);
    values[rank()] = value;
    __syncthreads();
    value = values[lane()];
    for (int i = 1; i < kWarps; ++i) value = combine(value, values[i * kLanes + lane()]);
#else
    (void)combine;
#endif
    return value;
  }
  // Bit i: what the thread of lane i in this warp says. Collective.
  STRATA_BOTH std::uint32_t votes(bool yes) const {
#if defined(__CUDA_ARCH__)
    return __ballot_sync(0xFFFFFFFFU, yes);
#else
    return yes ? 1 : 0;
#endif
  }

 private:
  unsigned calls_ = 0;  // collective ones
};

#else

class Team {
 public:
  Team() = default;
  Team(int rank, int size, Meeting& meeting) : rank_(rank), size_(size), meeting_(&meeting) {}

  int rank() const { return rank_; }
  int size() const { return size_; }
  int lane() const { return rank_ % lanes(); }
  int warp() const { return rank_ / lanes(); }
  int lanes() const { return size_ % 2 == 0 ? 2 : 1; }
  int warps() const { return size_ / lanes(); }

  template <class T, class Combine>
  T all(T value, const Combine& combine) {
    return combined(value, combine, 0, 1, size_);
  }
  template <class T, class Combine>
  T down(T value, const Combine& combine) {
    return combined(value, combine, lane(), lanes(), warps());
  }
  std::uint32_t votes(bool yes) {
    const auto either = [](std::uint32_t a, std::uint32_t b) { return a | b; };
    return combined(static_cast<std::uint32_t>(yes) << lane(), either, warp() * lanes(), 1, lanes());
  }

 private:
  template <class T, class Combine>
  T combined(T value, const Combine& combine, int first, int step, int count) {
    static_assert(sizeof(T) <= Meeting::kRoom);
    if (size_ == 1) return value;
    const int room = static_cast<int>(calls_++ % 2) * size_;
    std::memcpy(meeting_->place(room + rank_), &value, sizeof value);
    meeting_->wait();
    std::memcpy(&value, meeting_->place(room + first), sizeof value);
    for (int i = 1; i < count; ++i) {
      T other;
      std::memcpy(&other, meeting_->place(room + first + i * step), sizeof other);
      value = combine(value, other);
    }
    return value;
  }

  int rank_ = 0, size_ = 1;
  Meeting* meeting_ = nullptr;
  unsigned calls_ = 0;
};
using Warp = Team;

// Calls work(team) in each thread of one.
template <class Work>
void with_team(const Work& work) {
  const char* wanted = std::getenv("FAKE_CUDA_TEAM");
  const int size = wanted == nullptr ? 1 : std::atoi(wanted);
  if (size <= 1) {
    Team alone;
    return work(alone);
  }
  Meeting meeting(size);
  meeting.run([&](int rank) {
    Team team(rank, size, meeting);
    work(team);
  });
}

#endif

}  // namespace strata::cuda

// A team's threads on the host (tests/cuda).
#pragma once

#include <ucontext.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace strata::cuda {

// The threads of one team, which take turns: each runs until it meets the others, so that a team costs no real threads
// and goes on as fast on a busy machine.
class Meeting {
 public:
  explicit Meeting(int size)
      : turns_(static_cast<std::size_t>(size)), room_(static_cast<std::size_t>(2 * size) * kRoom) {}
  // work(rank) in each thread. Throws what one of them throws, and logic_error where one ends while others still meet.
  void run(const std::function<void(int)>& work);
  // The next thread's turn; back when all have come here.
  void wait();
  void* place(int i) { return room_.data() + static_cast<std::size_t>(i) * kRoom; }

  static constexpr std::size_t kRoom = 64;  // bytes of a thread

 private:
  struct Turn {
    ucontext_t at = {};
    std::unique_ptr<unsigned char[]> stack;  // not cleared
    bool ended = false;
  };
  static void enter(unsigned high, unsigned low);

  std::vector<Turn> turns_;
  ucontext_t caller_ = {};
  std::size_t now_ = 0;  // whose turn it is
  const std::function<void(int)>* work_ = nullptr;
  std::exception_ptr fault_;
  std::vector<unsigned char> room_;
};

inline void Meeting::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Meeting*>(std::uintptr_t{high} << 32U | low);
  try {
    (*self->work_)(static_cast<int>(self->now_));
  } catch (...) {
    self->fault_ = std::current_exception();
  }
  self->turns_[self->now_].ended = true;
  if (self->fault_ != nullptr || self->now_ + 1 == self->turns_.size()) setcontext(&self->caller_);
  ++self->now_;
  setcontext(&self->turns_[self->now_].at);
}

inline void Meeting::wait() {
  Turn& own = turns_[now_];
  now_ = (now_ + 1) % turns_.size();
  swapcontext(&own.at, turns_[now_].ended ? &caller_ : &turns_[now_].at);
}

inline void Meeting::run(const std::function<void(int)>& work) {
  constexpr std::size_t kStack = std::size_t{1} << 18U;
  work_ = &work;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  for (Turn& turn : turns_) {
    turn.stack.reset(new unsigned char[kStack]);
    getcontext(&turn.at);
    turn.at.uc_stack.ss_sp = turn.stack.get();
    turn.at.uc_stack.ss_size = kStack;
    makecontext(&turn.at, reinterpret_cast<void (*)()>(&Meeting::enter), 2, static_cast<unsigned>(self >> 32U),
                static_cast<unsigned>(self));
  }
  swapcontext(&caller_, &turns_[0].at);
  if (fault_ != nullptr) std::rethrow_exception(fault_);
  for (const Turn& turn : turns_) {
    if (!turn.ended) throw std::logic_error("the threads of a team do not all meet");
  }
}

}  // namespace strata::cuda

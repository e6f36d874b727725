// Work that may run at the same time as what its queue does meanwhile.
#pragma once

#include "driver.hpp"

namespace strata::cuda {

// A branch of the graph that a queue's recording takes down: from where the queue is now to where it is joined. It may
// read what is there when it begins; what it writes, nobody else may touch before it is joined, in the same row. Where
// nothing is recorded it is the queue itself: the host, which single steps wait for, has better things to do.
class Branch {
 public:
  // `number`: another one than that of a branch that is open.
  explicit Branch(void* queue, int number = 0);
  Branch(Branch&& other) noexcept;
  Branch& operator=(Branch&&) = delete;
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;
  // Joins it where an error came first: a recording that ends with an open branch leaves that queue of no use.
  ~Branch();
  void* stream() const { return stream_; }
  // Whatever the queue is given from now on comes after the branch.
  void join();

 private:
  CUresult close(const char** what);  // join, and which entry failed

  void *queue_, *stream_;  // the same one: nothing is open
  int number_;
};

}  // namespace strata::cuda

// The streams of driver.cpp: work waits until somebody waits for it, and then runs in the order of its own stream
// alone. Of other streams nothing runs but what it was told to wait for, so that a wait that is missing shows.
#pragma once

#include <cuda.h>

#include <deque>
#include <functional>
#include <map>

namespace fake {

using Work = std::function<void()>;

// Where a stream was when an event was recorded; by default one that is past.
struct Mark {
  CUstream stream = nullptr;
  unsigned long long at = 0;
  bool captured = false;  // a point of the work that is taken down, not of the stream's
};

class Streams {
 public:
  explicit Streams(std::function<void(const Work&)> run) : run_(std::move(run)) {}

  enum class Kind { held, from_host };
  void add(CUstream stream, Work work, Kind kind = Kind::held);
  // What `stream` is given from now on comes after the mark.
  void follow(CUstream stream, const Mark& after);

  Mark here(CUstream stream);
  bool past(const Mark& mark) const;
  bool idle() const;
  // Runs the stream up to the mark, and of others what that waits for.
  void run(const Mark& until);
  void run_all();
  // Runs the copies from the host that nothing is in front of but waits for what is past: ahead of all that other
  // streams hold, so that memory that is used again too early shows.
  void run_copies();
  // Runs what is left of the stream, and forgets it.
  void remove(CUstream stream);

 private:
  struct Item {
    unsigned long long number;  // counted over all streams
    Mark after;
    Work work;  // none: an item that only waits
    Kind kind;
  };
  void next(std::deque<Item>& stream);

  std::function<void(const Work&)> run_;
  std::map<CUstream, std::deque<Item>> waiting_;
  unsigned long long queued_ = 0;
};

}  // namespace fake

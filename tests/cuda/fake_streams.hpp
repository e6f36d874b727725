// The streams of fake_driver.cpp: work waits in its stream until somebody waits for it, in this stream alone. A stream
// that waits for no other's event runs before that other, so that what is not asked for does not happen.
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
  // Runs the copies from the host that nothing is in front of, or the waits for an event that is past.
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

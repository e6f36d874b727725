// Prefetcher: calls a BatchSource on a second thread, so that the next few batches are ready when they are needed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"

namespace strata {

class STRATA_API Prefetcher {
 public:
  // Starts a thread that calls `source` and stays at most `depth` batches ahead. The thread only copies data; it never
  // calls parallel_for().
  explicit Prefetcher(BatchSource source, std::int64_t depth = 4);
  // Stops and joins the thread; batches that were not fetched are dropped.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // Returns the next batch in order, or no value after the last one. An exception of the source is thrown here, after
  // the batches that came before it, and again by each further call.
  std::optional<Batch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata

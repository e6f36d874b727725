// Prefetcher: makes batches on a second thread, a few ahead of who reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "strata/core/export.hpp"
#include "strata/data/batcher.hpp"

namespace strata {

class STRATA_API Prefetcher {
 public:
  // Runs `source` on its own thread, at most `depth` batches ahead. The thread does plain copying: it never enters the
  // compute executor.
  explicit Prefetcher(BatchSource source, std::int64_t depth = 4);
  // Stops and joins the thread, whatever is still queued.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next batch, in order; no value after the last. What the source threw is thrown here, after the batches that
  // came before it, and again by each further call.
  std::optional<Batch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata

// The k largest of a row by a team: each thread keeps the best few of its own elements, so that the row is read once; a
// thread whose few are all among the k goes through its own again.
#pragma once

#include "kernels/block.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {

constexpr int kMostKept = 4;  // of a thread: of 256 hardly one has more of the best 16

// An element and where it stood. Nothing: at < 0.
template <class C>
struct Place {
  C value;
  std::int64_t at;
};
// The larger one; a NaN is larger than all; of equal ones the earlier.
struct Larger {
  template <class C>
  STRATA_BOTH Place<C> operator()(Place<C> a, Place<C> b) const {
    if (a.at < 0 || b.at < 0) return a.at < 0 ? b : a;
    if (is_nan(a.value) != is_nan(b.value)) return is_nan(a.value) ? a : b;
    if (a.value > b.value || a.value < b.value) return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
  }
};

// The largest kN of what a thread has seen, the best first.
template <class C, int kN>
class Best {
 public:
  STRATA_BOTH Best() {
    for (int n = 0; n < kN; ++n) places_[n] = {C{0}, -1};
  }
  STRATA_BOTH void add(Place<C> one) {
    if (Larger{}(places_[kN - 1], one).at != one.at) return;
    STRATA_UNROLL
    for (int n = 0; n < kN; ++n) {
      const Place<C> better = Larger{}(places_[n], one);
      one = better.at == one.at ? places_[n] : one;
      places_[n] = better;
    }
  }
  STRATA_BOTH const Place<C>& first() const { return places_[0]; }
  STRATA_BOTH void drop_first() {
    STRATA_UNROLL
    for (int n = 0; n + 1 < kN; ++n) places_[n] = places_[n + 1];
    places_[kN - 1] = {C{0}, -1};
  }

 private:
  Place<C> places_[kN];
};

// Calls each(n, place) for the k largest in descending order, in every thread of the team. `best` holds what this
// thread found among its own; read(visit) calls visit(place) for all of its own once more.
template <class C, int kN, class Team, class Read, class Each>
STRATA_BOTH void each_largest(Best<C, kN>& best, std::int64_t k, Team& team, const Read& read, const Each& each) {
  for (std::int64_t n = 0; n < k; ++n) {
    const Place<C> largest = team.all(best.first(), Larger{});
    each(n, largest);
    if (n + 1 == k || best.first().at != largest.at) continue;
    best.drop_first();
    if (best.first().at >= 0) continue;
    read([&](const Place<C>& one) {
      const bool taken = one.at == largest.at || Larger{}(one, largest).at == one.at;
      if (!taken) best.add(one);
    });
  }
}

}  // namespace strata::cuda

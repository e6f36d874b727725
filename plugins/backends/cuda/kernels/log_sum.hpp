// log of a sum of exponentials in one pass: the largest so far, and the sum relative to it (Milakov and Gimelshein,
// 2018, algorithm 3).
#pragma once

#include <limits>

#include "kernels/pack.hpp"

namespace strata::cuda {

// sum = the sum of exp(x - most). Starts from the lowest number, not from -inf, whose differences are no numbers.
template <class C>
struct LogSum {
  C most = std::numeric_limits<C>::lowest(), sum = 0;

  template <int N>
  STRATA_BOTH void add(const Values<C, N>& values) {
    C larger = most;
    for (int k = 0; k < N; ++k) larger = values.at[k] > larger ? values.at[k] : larger;
    if (larger > most) {
      sum *= exp(most - larger);
      most = larger;
    }
    for (int k = 0; k < N; ++k) sum += exp(values.at[k] - most);
  }
};

struct BothLogSums {
  template <class C>
  STRATA_BOTH LogSum<C> operator()(const LogSum<C>& a, const LogSum<C>& b) const {
    LogSum<C> both;
    both.most = b.most > a.most ? b.most : a.most;
    both.sum = a.sum * exp(a.most - both.most) + b.sum * exp(b.most - both.most);
    return both;
  }
};

}  // namespace strata::cuda

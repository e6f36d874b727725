// What tests of split products (provider "3xtf32") share: a device that splits small ones, too.
#pragma once

#include <memory>
#include <vector>

#include "cuda/on_card.hpp"
#include "cuda/products.hpp"

namespace strata_test {

inline std::shared_ptr<Device> splitting_card() {
  static const std::shared_ptr<Device> one = cuda_device(R"({"type": "cuda", "split_all": true})");
  (void)one->stream();
  return one;
}

struct OnSplittingCard : OnCard {
  OnSplittingCard() : OnCard(splitting_card()) {
    context().kernels = {{"linear", "3xtf32"}, {"linears", "3xtf32"}, {"matmul", "3xtf32"}};
  }
};

using Numbers = std::vector<double>;

}  // namespace strata_test

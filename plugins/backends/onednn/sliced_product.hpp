// SlicedProduct: a product cut into slices that the threads of a parallel_for take, each by a primitive of its own.
#pragma once

#include "engine.hpp"
#include "slices.hpp"
#include "strata/device/kernel.hpp"

namespace strata::onednn {

class SlicedProduct {
 public:
  // Finds the primitives; throws E_INTERNAL where oneDNN has none.
  explicit SlicedProduct(const ProductSpec& whole);

  // The primitive of all slices but the last: it says how B is packed.
  const Product& product() const { return *main_; }

  // Scratch memory for all threads; null where none is needed.
  void* take_scratch(Workspace& workspace) const;

  // data.b: packed or as the spec says; data.scratch: of take_scratch.
  void run(const ProductData& data) const;

 private:
  void run_slice(const ProductData& data, std::int64_t index) const;

  ProductSpec whole_;
  Slices slices_;
  const Product *main_, *last_;
  std::size_t scratch_bytes_;  // of a thread
};

}  // namespace strata::onednn

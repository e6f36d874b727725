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

  // Where B comes packed: its panels, one for each slice of columns, lie behind each other.
  std::size_t packed_bytes() const;
  std::uint64_t packed_layout() const;  // equal layouts of equal panels have equal numbers in this process
  struct Panel {
    const Product* product;
    std::int64_t first, columns;  // of B
    std::size_t offset;           // bytes
  };
  Panel panel(std::int64_t index) const;
  std::int64_t panel_count() const { return slices_.column_count; }

  // Scratch memory for all threads; null where none is needed.
  void* take_scratch(Workspace& workspace) const;

  // data.b: packed or as the spec says; data.scratch: of take_scratch.
  void run(const ProductData& data) const;

 private:
  const Product& part(bool last_rows, bool last_columns) const {
    return *parts_[last_rows ? 1 : 0][last_columns ? 1 : 0];
  }
  void run_slice(const ProductData& data, std::int64_t index) const;

  ProductSpec whole_;
  Slices slices_;
  const Product* parts_[2][2];     // by last row slice, by last column slice
  std::size_t scratch_bytes_ = 0;  // of a thread
};

}  // namespace strata::onednn

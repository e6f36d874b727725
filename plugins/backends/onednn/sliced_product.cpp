// SlicedProduct: its parts, and where each slice's operands lie.
#include "sliced_product.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"
#include "strata/device/parallel.hpp"

namespace strata::onednn {
namespace {

const Product& require(const ProductSpec& spec) {
  const Product* product = find_product(spec);
  if (product == nullptr) {
    throw Error("E_INTERNAL", "[onednn]",
                "no product of " + std::string(name_of(spec.a_dtype)) + " " + std::to_string(spec.m) + " x " +
                    std::to_string(spec.k) + " by " + name_of(spec.b_dtype) + " " + std::to_string(spec.k) + " x " +
                    std::to_string(spec.n) + " into " + name_of(spec.c_dtype));
  }
  return *product;
}

const void* at(const void* data, std::int64_t element, DType dtype) {
  return static_cast<const unsigned char*>(data) + element * static_cast<std::int64_t>(size_of(dtype));
}

}  // namespace

SlicedProduct::SlicedProduct(const ProductSpec& whole)
    : whole_(whole), slices_(slices_of(whole.m, whole.n, whole.k, whole.a_dtype, whole.packed_b)) {
  const auto find = [&](bool last_rows, bool last_columns) {
    ProductSpec spec = whole;
    spec.m = last_rows ? whole.m - (slices_.row_count - 1) * slices_.rows : slices_.rows;
    spec.n = last_columns ? whole.n - (slices_.column_count - 1) * slices_.columns : slices_.columns;
    return &require(spec);
  };
  parts_[0][0] = find(false, false);
  parts_[1][0] = find(true, false);
  if (whole.packed_b && parts_[1][0]->packed_layout != parts_[0][0]->packed_layout) {
    // All slices of rows read one packed B, so they have to agree on its layout.
    slices_.rows = whole.m, slices_.row_count = 1;
    parts_[0][0] = parts_[1][0] = find(false, false);
  }
  const bool cut = slices_.column_count > 1;
  parts_[0][1] = cut ? find(false, true) : parts_[0][0];
  parts_[1][1] = cut ? find(true, true) : parts_[1][0];
  for (const auto& row : parts_) {
    for (const Product* product : row) {
      prepare_product(*product, thread_count());
      scratch_bytes_ = std::max(scratch_bytes_, (product->scratch_bytes + 63) / 64 * 64);
    }
  }
}

SlicedProduct::Panel SlicedProduct::panel(std::int64_t index) const {
  const std::int64_t first = index * slices_.columns;
  return {&part(false, index + 1 == slices_.column_count), first, std::min(slices_.columns, whole_.n - first),
          static_cast<std::size_t>(index) * parts_[0][0]->packed_bytes};
}

std::size_t SlicedProduct::packed_bytes() const {
  const Panel last = panel(slices_.column_count - 1);
  return last.offset + last.product->packed_bytes;
}

std::uint64_t SlicedProduct::packed_layout() const {
  const std::uint64_t layouts = parts_[0][0]->packed_layout * 1024 + parts_[0][1]->packed_layout;
  return layouts * 1'000'003 + static_cast<std::uint64_t>(slices_.columns == whole_.n ? 0 : slices_.columns);
}

void* SlicedProduct::take_scratch(Workspace& workspace) const {
  if (scratch_bytes_ == 0) return nullptr;
  const bool cut = slices_.row_count * slices_.column_count > 1;
  return workspace.allocate(&workspace, scratch_bytes_ * static_cast<std::size_t>(cut ? thread_count() : 1));
}

// Slices are counted row by row within their columns, so that a thread's next one reads the same panel.
void SlicedProduct::run_slice(const ProductData& data, std::int64_t index) const {
  const std::int64_t row = index % slices_.row_count, column = index / slices_.row_count;
  const std::int64_t first_row = row * slices_.rows, first_column = column * slices_.columns;
  const Product& product = part(row + 1 == slices_.row_count, column + 1 == slices_.column_count);
  ProductData own = data;
  own.a = at(data.a, first_row * whole_.a_row, whole_.a_dtype);
  if (whole_.packed_b) {
    own.b = static_cast<const unsigned char*>(data.b) + panel(column).offset;
  } else {
    own.b = at(data.b, first_column * whole_.b_column, whole_.b_dtype);
  }
  own.c = const_cast<void*>(at(data.c, first_row * whole_.c_row + first_column, whole_.c_dtype));
  if (data.bias != nullptr) own.bias = at(data.bias, first_column, whole_.bias_dtype);
  const int worker = slices_.row_count * slices_.column_count > 1 ? worker_index() : 0;
  if (data.scratch != nullptr)
    own.scratch = static_cast<unsigned char*>(data.scratch) + worker * static_cast<std::int64_t>(scratch_bytes_);
  run_product(product, own, worker);
}

void SlicedProduct::run(const ProductData& data) const {
  parallel_for(0, slices_.row_count * slices_.column_count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) run_slice(data, i);
  });
}

}  // namespace strata::onednn

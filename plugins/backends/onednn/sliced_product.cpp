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

void* at(const void* data, std::int64_t element, DType dtype) {
  return static_cast<unsigned char*>(const_cast<void*>(data)) + element * static_cast<std::int64_t>(size_of(dtype));
}

}  // namespace

SlicedProduct::SlicedProduct(const ProductSpec& whole)
    : whole_(whole), slices_(slices_of(whole.m, whole.n, whole.k, whole.a_dtype, whole.packed_b)) {
  ProductSpec part = whole;
  part.m = slices_.rows;
  main_ = &require(part);
  part.m = whole.m - (slices_.count - 1) * slices_.rows;
  last_ = &require(part);
  if (whole.packed_b && last_->packed_layout != main_->packed_layout) {
    // All slices read one packed B, so they have to agree on its layout.
    slices_ = {whole.m, 1};
    main_ = last_ = &require(whole);
  }
  prepare_product(*main_, thread_count());
  prepare_product(*last_, thread_count());
  scratch_bytes_ = (std::max(main_->scratch_bytes, last_->scratch_bytes) + 63) / 64 * 64;
}

void* SlicedProduct::take_scratch(Workspace& workspace) const {
  if (scratch_bytes_ == 0) return nullptr;
  return workspace.allocate(&workspace,
                            scratch_bytes_ * static_cast<std::size_t>(slices_.count > 1 ? thread_count() : 1));
}

void SlicedProduct::run_slice(const ProductData& data, std::int64_t index) const {
  const std::int64_t row = index * slices_.rows;
  const int worker = slices_.count > 1 ? worker_index() : 0;
  ProductData own = data;
  own.a = at(data.a, row * whole_.a_row, whole_.a_dtype);
  own.c = at(data.c, row * whole_.c_row, whole_.c_dtype);
  if (data.scratch != nullptr)
    own.scratch = at(data.scratch, worker * static_cast<std::int64_t>(scratch_bytes_), DType::u8);
  run_product(index + 1 == slices_.count ? *last_ : *main_, own, worker);
}

void SlicedProduct::run(const ProductData& data) const {
  parallel_for(0, slices_.count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) run_slice(data, i);
  });
}

}  // namespace strata::onednn

// Large products of f32 on tensor cores with f32's accuracy ("3xTF32"): each operand x is high + low, both of TF32, and
//   a b = (low high' + high low') + high high',
// two products of TF32 with f32 sums: first the cross terms, one of twice as many, then the large ones on top. Of the
// exact a b, at most 2^-21 |a b| is lost: low low' is left out, and low is rounded; f32 itself loses 2^-24. Ootomo and
// Yokota (2022), "Recovering single precision accuracy from Tensor Cores while surpassing the FP32 theoretical peak
// performance"; CUTLASS calls it 3xTF32. Tensor cores truncate their sums where f32 rounds, which over n terms loses up
// to n / 4 units of 2^-24 (f32: n), but always towards 0: sums are cut into parts, which are added as f32 adds.
// What f32 does otherwise: an operand below 2^-114 is known within 2^-137; an infinite one gives a NaN where the
// other's low is 0 or has another sign than its high; a sum may be infinite that comes within 2^-10 of the largest
// float.
#pragma once

#include <vector>

#include "products.hpp"

namespace strata::cuda {

// Whether a product [m,k] [k,n] of f32 gains by it on this queue's device: by an estimate, or always where the device
// was asked for that; never where plain TF32 was.
bool worth_splitting(std::int64_t m, std::int64_t n, std::int64_t k, void* stream);

// Whether `multiply` splits the factors of this one: it may, it is a single one of f32, and worth it.
bool splits(const Product& product, void* stream);

// The products of split copies whose sum it is, to be queued in this order. The copies are of this call, or kept where
// a factor is a constant weight, or what the left one has.
std::vector<Product> split_products(const Product& product, Workspace& workspace, void* stream);

// The copy of the left factor, for `Matrix::split` of this product and of others whose left factor lies in the same
// memory. Null where its form is of no use to others.
const float* split_left(const Product& product, Workspace& workspace, void* stream);
// The same where `splits`, else null.
const float* split_ahead(const Product& product, Workspace& workspace, void* stream);

}  // namespace strata::cuda

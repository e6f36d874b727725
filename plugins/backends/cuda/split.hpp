// Large products of f32 on tensor cores with f32's accuracy ("3xTF32"): each operand x is high + low, both of TF32, and
//   a b = (low high' + high low') + high high',
// two products of TF32 with f32 sums: first the cross terms, one of twice as many, then the large ones on top. Of the
// exact a b, at most 2^-21 |a b| is lost: low low' is left out, and low is rounded; f32 itself loses 2^-24. Ootomo and
// Yokota (2022), "Recovering single precision accuracy from Tensor Cores while surpassing the FP32 theoretical peak
// performance"; CUTLASS calls it 3xTF32. Tensor cores truncate their sums where f32 rounds, which over n terms loses up
// to n / 4 units of 2^-24 (f32: n), but always towards 0: sums are cut into parts, which are added as f32 adds.
// What f32 does otherwise: what tensor cores make of subnormal numbers the PTX ISA leaves open, so that an operand
// below 2^-103 is known within 2^-126, and by cores that take them one below 2^-114 within 2^-137; an infinite operand
// may give a NaN, as it does where the other's low is 0 or has another sign than its high; a sum may be infinite that
// comes within 2^-10 of the largest float.
#pragma once

#include <vector>

#include "products.hpp"

namespace strata::cuda {

// Whether a product [m,k] [k,n] of f32 gains by it on this queue's device, or several that are as much work together:
// by an estimate, or always where the device was asked for that; never where plain TF32 was, nor where the library has
// to do without TF32.
bool worth_splitting(std::int64_t m, std::int64_t n, std::int64_t k, void* stream);
bool worth_splitting(const Product& product, void* stream);

// Gives the factors of those of these products that split their copies (`Matrix::split`), where they have none: of a
// constant weight the one that is kept with it; all others are of this call and made in one launch, one for all factors
// that lie in the same memory and need the same form.
void split_factors(const std::vector<Product*>& products, Workspace& workspace, void* stream);

// The products of split copies whose sum it is, to be queued in this order.
std::vector<Product> split_products(Product product, Workspace& workspace, void* stream);

}  // namespace strata::cuda

// What cuBLASLt is told of a product, and the algorithm that it chose: made once, kept for each queue.
#pragma once

#include "products.hpp"

namespace strata::cuda {

// Queues the product. False when the library has no algorithm for it, which the log says once a shape: nothing was
// queued. At most 65,535 matrices.
bool run_planned(const Product& product, Workspace& workspace, void* stream);

}  // namespace strata::cuda

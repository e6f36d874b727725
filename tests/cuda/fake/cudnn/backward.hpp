// The gradients of a recurrent layer: first of its data, then of its weights.
#pragma once

#include "cuda/fake/cudnn/layer.hpp"

namespace fake::cudnn {

// The arguments of cudnnRNNBackwardData_v8; hx, dhy and dcy are 0 where null, dhx and dcx are not written there.
struct BackwardData {
  Layer layer;
  const void *y, *dy, *hx, *dhy, *dcy, *weights;
  void *dx, *dhx, *dcx;
  void* reserve;
};

// The arguments of cudnnRNNBackwardWeights_v8; hx is 0 where null.
struct BackwardWeights {
  Layer layer;
  const void *x, *hx, *y;
  void *d_weights, *reserve;
};

// Throws when the reserve is not what forward left.
void data_backward(const BackwardData& call);

// Adds to d_weights. Throws when the reserve is not what data_backward left.
void weights_backward(const BackwardWeights& call);

}  // namespace fake::cudnn

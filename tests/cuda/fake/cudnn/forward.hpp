// A recurrent layer forward, step by step.
#pragma once

#include "cuda/fake/cudnn/layer.hpp"

namespace fake::cudnn {

// The arguments of cudnnRNNForward; hx and cx are 0 where null, hy and cy are not written there.
struct Forward {
  Layer layer;
  const void *x, *hx, *cx, *weights;
  void *y, *hy, *cy;
  void* reserve;  // null: nothing is left for backward
};

void layer_forward(const Forward& call);

}  // namespace fake::cudnn

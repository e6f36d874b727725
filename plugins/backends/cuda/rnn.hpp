// lstm, gru and rnn over a sequence by cuDNN.
#pragma once

#include "kernels/rows.hpp"

namespace strata::cuda {

// Rows of provider "cudnn", where the library's headers were found.
void add_cudnn_rnn(Rows& rows);
// Drops what is kept for a queue; its device ends.
void end_rnn(void* stream);

}  // namespace strata::cuda

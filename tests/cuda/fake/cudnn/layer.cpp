#include "cuda/fake/cudnn/layer.hpp"

#include <cstdint>

#include "cuda/fake/cudnn/reserve.hpp"
#include "cuda/fake/cudnn/weights.hpp"

namespace fake::cudnn {
namespace {

bool state_fits(const cudnnTensorStruct* state, const cudnnRNNStruct& rnn, std::size_t rows) {
  const int batch = static_cast<int>(rows), hidden = static_cast<int>(rnn.hidden);
  return state != nullptr && state->type == rnn.type && state->extents == std::vector<int>{1, batch, hidden} &&
         state->strides == std::vector<int>{batch * hidden, hidden, 1};
}

bool in_place(const void* space) { return reinterpret_cast<std::uintptr_t>(space) % 256 == 0; }

}  // namespace

bool fit(const cudnnRNNStruct* rnn, const cudnnRNNDataStruct* x, const cudnnRNNDataStruct* y,
         const cudnnTensorStruct* state) {
  return rnn != nullptr && x != nullptr && y != nullptr && x->type == rnn->type && y->type == rnn->type &&
         x->width == rnn->input && y->width == rnn->hidden && x->time == y->time && x->batch == y->batch &&
         state_fits(state, *rnn, x->batch);
}

bool suffice(const Spaces& spaces, const Layer& layer, bool trains) {
  if (!in_place(spaces.weights) || !in_place(spaces.work) || !in_place(spaces.reserve)) return false;
  if (spaces.weight_bytes != Places(layer).bytes()) return false;
  if (spaces.work == nullptr || spaces.work_bytes < least_work(trains)) return false;
  return !trains || (spaces.reserve != nullptr && spaces.reserve_bytes >= Reserve::bytes(layer));
}

}  // namespace fake::cudnn

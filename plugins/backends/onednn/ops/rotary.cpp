// rotary: a table of cosines and sines for each position, which all heads share.
#include <cmath>

#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kPositions, kFrequencies };

bool supports(const KernelCall& call) {
  return dense_vector(call.inputs[kX]) && call.inputs[kX].numel() > 0 && call.outputs[0].dtype == call.inputs[kX].dtype;
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[kX], &positions = call.inputs[kPositions], &frequencies = call.inputs[kFrequencies],
             &y = call.outputs[0];
  const std::int64_t time = x.size(1), heads = x.size(2), width = x.size(3), pairs = frequencies.size(0);
  const double factor = call.attributes.number("factor"), sign = call.attributes.flag("back") ? -1 : 1;
  float* tables = call.workspace->take<float>(thread_count() * 2 * pairs);
  const bool shared = positions.size(0) == 1;
  const std::int64_t step = shared ? 1 : x.size(0);  // rows of the batch that have positions of their own
  const auto turn = vectors().rotary[half(x)];
  parallel_for(0, step * time, grain_of(heads * width * (shared ? x.size(0) : 1)),
               [&](std::int64_t first, std::int64_t last) {
                 float* table = tables + worker_index() * 2 * pairs;
                 for (std::int64_t at = first; at < last; ++at) {
                   const std::int64_t row = at / time, t = at % time;
                   const auto position = static_cast<double>(
                       positions.as<const std::int64_t>()[row * positions.stride(0) + t * positions.stride(1)]);
                   for (std::int64_t i = 0; i < pairs; ++i) {
                     const double angle =
                         position * static_cast<double>(frequencies.as<const float>()[i * frequencies.stride(0)]);
                     table[i] = static_cast<float>(factor * std::cos(angle));
                     table[pairs + i] = static_cast<float>(factor * sign * std::sin(angle));
                   }
                   for (std::int64_t b = row; b < x.size(0); b += step) {
                     for (std::int64_t h = 0; h < heads; ++h) {
                       const std::int64_t offset = ((b * time + t) * heads + h) * width;
                       turn(bytes_at(x.data, offset, x.dtype), table, pairs, width, bytes_at(y.data, offset, y.dtype));
                     }
                   }
                 }
               });
}

}  // namespace

void add_rotary(Rows& rows) { rows.push_back(row_of("rotary", forward, supports)); }

}  // namespace strata::onednn

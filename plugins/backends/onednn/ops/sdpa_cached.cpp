// sdpa_cached: one query a row, its keys and values where a cache has them; nothing is gathered.
#include <cstring>

#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

enum Input { kQ, kK, kV, kOrigin, kUsed, kFirst };

bool heads_dense(const View& view, DType dtype) {
  return view.dtype == dtype && view.numel() > 0 && (view.stride(-1) == 1 || view.size(-1) == 1);
}

bool supports(const KernelCall& call) {
  const View &q = call.inputs[kQ], &origin = call.inputs[kOrigin];
  return !call.recording && vector_dtype(q.dtype) && call.outputs[0].dtype == q.dtype && heads_dense(q, q.dtype) &&
         heads_dense(call.inputs[kK], q.dtype) && heads_dense(call.inputs[kV], q.dtype) && origin.numel() > 0 &&
         origin.stride(1) == 1;
}

void forward(const KernelCall& call) {
  const View &q = call.inputs[kQ], &k = call.inputs[kK], &v = call.inputs[kV], &origin = call.inputs[kOrigin],
             &y = call.outputs[0];
  CachedQuery shared{};
  const View& used = call.inputs[kUsed];
  shared.keys = used.present() ? *used.as<const std::int64_t>() : origin.size(1), shared.width = q.size(2),
  shared.value_width = v.size(3);
  shared.group = q.size(1) / k.size(2);
  shared.k = k.data, shared.k_row = k.stride(0), shared.k_key = k.stride(1), shared.k_head = k.stride(2);
  shared.v = v.data, shared.v_row = v.stride(0), shared.v_key = v.stride(1), shared.v_head = v.stride(2);
  shared.q_head = q.stride(1), shared.y_head = y.stride(1);
  shared.scale = static_cast<float>(call.attributes.number("scale"));
  // A share is some heads of a row: as many as there are lanes, or a quarter of them where rows are few.
  constexpr std::int64_t kFewRows = 4;
  const std::int64_t heads = q.size(1), most = q.size(0) >= kFewRows ? heads : (heads + 3) / 4;
  const std::int64_t at_once = std::min<std::int64_t>(most, vectors().lanes), parts = (heads + at_once - 1) / at_once;
  const std::int64_t count = q.size(0) * parts, room = shared.keys * vectors().lanes;
  float* scratch = call.workspace->take<float>(thread_count() * room);
  const View& first_keys = call.inputs[kFirst];
  const auto run = vectors().attention_cached[half(q)];
  parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t r = i / parts, h = i % parts * at_once;
      CachedQuery one = shared;
      one.q = bytes_at(q.data, r * q.stride(0) + h * q.stride(1), q.dtype);
      one.y = bytes_at(y.data, r * y.stride(0) + h * y.stride(1), y.dtype);
      one.rows = origin.as<const std::int64_t>() + r * origin.stride(0);
      one.first_head = h, one.heads = std::min(at_once, heads - h);
      one.scratch = scratch + worker_index() * room;
      if (first_keys.present()) {  // what the row does not read is as if it were not there
        const std::int64_t key =
            std::max<std::int64_t>(0, first_keys.as<const std::int64_t>()[r * first_keys.stride(0)]);
        if (key >= one.keys) {
          for (std::int64_t at = 0; at < one.heads; ++at) {
            std::memset(bytes_at(one.y, at * one.y_head, y.dtype), 0,
                        static_cast<std::size_t>(v.size(3) * size_of(y.dtype)));
          }
          continue;
        }
        one.keys -= key, one.rows += key;
        one.k = bytes_at(k.data, key * k.stride(1), k.dtype), one.v = bytes_at(v.data, key * v.stride(1), v.dtype);
      }
      run(one);
    }
  });
}

}  // namespace

void add_sdpa_cached(Rows& rows) { rows.push_back(row_of("sdpa_cached", forward, supports)); }

}  // namespace strata::onednn

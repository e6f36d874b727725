// The source side of the encoder-decoder.
#include "encoder.hpp"

#include <cmath>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

// Each row backwards within its own length; padding stays behind. x [B,T] or [B,T,C].
Tensor reversed(const Tensor& x, const Tensor& lengths) {
  const std::int64_t batch = x.size(0), time = x.size(1);
  const Tensor at = reshape(iota(time), {1, time});
  const Tensor length = reshape(lengths, {batch, 1});
  const Tensor mirrored = where(less(at, length), sub(affine(length, 1, -1), at), at);  // [B,T]
  const Tensor flat = add(mirrored, affine(reshape(iota(batch), {batch, 1}), static_cast<double>(time), 0));
  const Tensor rows = x.rank() == 2 ? reshape(x, {batch * time}) : reshape(x, {batch * time, x.size(2)});
  return reshape(index_rows(rows, reshape(flat, {batch * time})), x.shape());
}

}  // namespace

SourceEncoder::SourceEncoder(const Seq2SeqOptions& options, std::int64_t vocabulary)
    : reverse_(options.reverse_source),
      embedding_(vocabulary, options.embedding, 1 / std::sqrt(static_cast<double>(options.embedding)), kPad),
      dropout_(options.dropout),
      stack_(options.encoder, options.embedding) {
  child("embedding", embedding_);
  child("dropout", dropout_);
  child("stack", stack_);
  if (options.adapter) {
    if (!options.decoder.attention) {
      throw Error("E_CONFIG_ADAPTER", "model/adapter", "stands over the encoder's outputs, which attention alone reads",
                  "name a decoder/attention, or leave the adapter out");
    }
    adapter_ = options.adapter.make({stack_.width()});
    child("adapter", adapter_);
  }
}

RecurrentStack::Output SourceEncoder::operator()(const TensorBatch& batch) const {
  const Tensor ids = reverse_ ? reversed(batch["source"], batch["source_lengths"]) : batch["source"];
  RecurrentStack::Output out = stack_(dropout_(embedding_(ids)), batch["source_lengths"]);
  if (reverse_) out.outputs = reversed(out.outputs, batch["source_lengths"]);
  if (adapter_ != nullptr) {
    out.outputs = in_plugin("operator()", *adapter_, [&] { return (*adapter_)(out.outputs, batch["source_lengths"]); });
  }
  return out;
}

}  // namespace strata

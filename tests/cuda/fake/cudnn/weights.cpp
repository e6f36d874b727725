#include "cuda/fake/cudnn/weights.hpp"

namespace fake::cudnn {
namespace {

std::size_t whole_eights(std::size_t count) { return (count + 7) / 8 * 8; }

}  // namespace

Places::Places(const cudnnRNNStruct& rnn) : size(size_of(rnn.format())) {
  for (std::size_t i = 2 * rnn.gates(); i-- > 0;) {
    bias[i] = count;
    count += whole_eights(rnn.hidden) + 8;
    matrix[i] = count;
    count += whole_eights(rnn.hidden * width_of(rnn, i)) + 16;
  }
}

Weights::Weights(const cudnnRNNStruct& rnn, const void* space) {
  const Places places(rnn);
  const auto part = [&](std::size_t at, std::size_t count) {
    return read_all(static_cast<const char*>(space) + at * places.size, count, rnn.format());
  };
  for (std::size_t i = 0; i < 2 * rnn.gates(); ++i) {
    width_.push_back(width_of(rnn, i));
    matrix_.push_back(part(places.matrix[i], rnn.hidden * width_[i]));
    bias_.push_back(part(places.bias[i], rnn.hidden));
  }
}

double Weights::line(std::size_t i, std::size_t j, const double* x) const {
  const double* weight = row(i, j);
  double sum = bias_[i][j];
  for (std::size_t k = 0; k < width_[i]; ++k) sum += weight[k] * x[k];
  return sum;
}

}  // namespace fake::cudnn

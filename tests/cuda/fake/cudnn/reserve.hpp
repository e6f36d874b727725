// What forward leaves for backward, and data's backward for the weights': a mark that says whose it is, then for each
// step, row and unit what a cell keeps.
#pragma once

#include <cstddef>
#include <stdexcept>

#include "cuda/fake/cudnn/cells.hpp"
#include "cuda/fake/cudnn/layer.hpp"

namespace fake::cudnn {

class Reserve {
 public:
  static constexpr double kForward = 101, kBackward = 102;

  Reserve(double* data, const Layer& layer) : data_(data), batch_(layer.batch), hidden_(layer.hidden) {}

  static std::size_t numbers(const Layer& layer) { return 1 + layer.time * layer.units() * kKept; }
  static std::size_t bytes(const Layer& layer) { return numbers(layer) * sizeof(double); }

  void mark(double whose) const { data_[0] = whose; }
  void expect(double whose) const {
    if (data_[0] != whose) throw std::runtime_error("the reserve is of another call");
  }
  double* at(std::size_t t, std::size_t b, std::size_t j) const {
    return data_ + 1 + ((t * batch_ + b) * hidden_ + j) * kKept;
  }

 private:
  double* data_;
  std::size_t batch_, hidden_;
};

}  // namespace fake::cudnn

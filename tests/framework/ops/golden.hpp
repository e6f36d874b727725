// Golden files of tensors: a line "name extent extent ...", then a line of values in row-major order.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "strata/ops/elementwise.hpp"
#include "strata/tensor/tensor.hpp"

class Golden {
 public:
  explicit Golden(const std::string& file) {
    std::ifstream in(std::string(STRATA_SOURCE_DIR) + "/tests/golden/" + file);
    BOOST_REQUIRE_MESSAGE(in, "cannot read " << file);
    for (std::string header, line; std::getline(in, header) && std::getline(in, line);) {
      std::istringstream names(header), numbers(line);
      std::string name;
      names >> name;
      strata::Shape shape;
      for (std::int64_t extent = 0; names >> extent;) shape.push_back(extent);
      std::vector<double> values;
      for (double value = 0; numbers >> value;) values.push_back(value);
      tensors_[name] = strata::Tensor::from(values, shape);
    }
  }

  bool has(const std::string& name) const { return tensors_.contains(name); }
  const strata::Tensor& operator[](const std::string& name) const {
    BOOST_REQUIRE_MESSAGE(has(name), "no tensor " << name);
    return tensors_.at(name);
  }
  // As a leaf of `dtype` that wants a gradient; the same one each time.
  strata::Tensor leaf(const std::string& name, strata::DType dtype) {
    if (!has(name)) return {};
    auto& kept = leaves_[name];
    if (!kept.defined()) {
      kept = strata::cast((*this)[name], dtype).detach();
      if (kept.impl() == (*this)[name].impl()) kept = (*this)[name].detach();
      kept.require_grad();
    }
    return kept;
  }
  strata::Tensor integers(const std::string& name) const { return strata::cast((*this)[name], strata::DType::i64); }

  void compare(const std::string& name, const strata::Tensor& actual, double tolerance) const {
    BOOST_REQUIRE_MESSAGE(actual.defined(), name << " is missing");
    const auto expected = (*this)[name].to_doubles(), values = actual.to_doubles();
    BOOST_REQUIRE_EQUAL(expected.size(), values.size());
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      worst = std::max(worst, std::abs(values[i] - expected[i]) / std::max(1.0, std::abs(expected[i])));
    }
    BOOST_TEST_MESSAGE(name << ": largest difference " << worst << ", tolerance " << tolerance);
    BOOST_TEST(worst <= tolerance, name << " differs by " << worst);
  }
  void compare_gradients(double tolerance) const {
    for (const auto& [name, leaf] : leaves_) compare("grad." + name, leaf.grad(), tolerance);
  }

 private:
  std::map<std::string, strata::Tensor> tensors_, leaves_;
};
